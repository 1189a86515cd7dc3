// What several commands report about models.
#pragma once

#include <functional>
#include <string>

#include "cli/report.h"
#include "model/model_store.h"

namespace vitrine::cli {

/// The fetched models and the catalog; with what `state_of` says of each of the first, where it is given.
Report model_list_report(const std::function<std::string(const model::StoredModel&)>& state_of = {});

}  // namespace vitrine::cli
