// What several commands report about models.
#pragma once

#include "cli/report.h"

namespace vitrine::cli {

/// The fetched models and the catalog.
Report model_list_report();

}  // namespace vitrine::cli
