// What data build and data stats tell about a dataset.
#pragma once

#include "cli/report.h"
#include "data/dataset.h"

namespace vitrine::cli {

/// Counts of the whole and of each split.
Report dataset_report(const data::Dataset& dataset);

}  // namespace vitrine::cli
