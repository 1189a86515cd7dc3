// Arguments that are written as bare text: what JSON they mean, by the types that the tool's schema gives.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace vitrine::data {

/// Gathers the arguments of one call of one tool. Text that a parameter's schema allows as nothing but a string is one;
/// where other types are allowed, or none are given, it is the JSON value of such a type that it spells (True, False
/// and None as Python writes them too), and else a string.
class TypedArguments {
 public:
  /// `tools_json`: a JSON list of tools in the shape of OpenAI's chat API; empty or broken: no types are known.
  TypedArguments(std::string_view tools_json, std::string_view tool);

  /// Adds an argument. Returns false, and adds nothing, where the name is empty or there already.
  bool add(std::string_view name, std::string_view text);
  /// Returns the arguments as a JSON object, in the order in which they came.
  std::string json() const { return "{" + members_ + "}"; }

 private:
  std::map<std::string, uint32_t, std::less<>> types_;  // of each parameter that has a schema: a set of types
  std::map<std::string, bool, std::less<>> seen_;
  std::string members_;
};

}  // namespace vitrine::data
