#include "template/methods/catalog.h"

#include <algorithm>

namespace vitrine::templates {
namespace {

constexpr std::string_view kListMutators[] = {"append", "clear",  "extend",  "insert",
                                              "pop",    "remove", "reverse", "sort"};
constexpr std::string_view kDictMutators[] = {"clear", "pop", "popitem", "setdefault", "update"};

const NativeFunction* find_in(std::span<const NativeFunction> methods, std::string_view name) {
  const auto found = std::ranges::find(methods, name, &NativeFunction::name);
  return found == methods.end() ? nullptr : &*found;
}

}  // namespace

const NativeFunction* find_method(const Value& object, std::string_view name) {
  switch (object.kind()) {
    case Kind::kString:
      for (const auto family : {string_search_methods, string_change_methods, string_class_methods}) {
        if (const NativeFunction* method = find_in(family(), name)) return method;
      }
      return nullptr;
    case Kind::kList:
      if (object.list().form > ListForm::kRange) return nullptr;
      if (name == "copy" && !object.is_list(ListForm::kList)) return nullptr;
      return find_in(list_methods(), name);
    case Kind::kDict:
      return find_in(dict_methods(), name);
    case Kind::kLoop:
      return find_in(loop_methods(), name);
    default:
      return nullptr;
  }
}

bool is_mutator(const Value& object, std::string_view name) {
  if (object.is_list(ListForm::kList)) return std::ranges::find(kListMutators, name) != std::end(kListMutators);
  return object.is(Kind::kDict) && std::ranges::find(kDictMutators, name) != std::end(kDictMutators);
}

}  // namespace vitrine::templates
