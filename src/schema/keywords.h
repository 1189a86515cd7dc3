// What becomes of each keyword of JSON Schema 2020-12: honoured, an annotation, or refused. None is passed over.
#pragma once

#include <span>
#include <string_view>

namespace vitrine::schema {

enum class KeywordUse : uint8_t {
  kHonoured,    ///< what comes out keeps to it
  kAnnotation,  ///< says nothing about which documents are valid
  kRefused,     ///< a schema that has it is refused by the keyword's name (but for values that make it mean nothing)
};

struct Keyword {
  std::string_view name;
  KeywordUse use;
  std::string_view note;  ///< for the hint: what is refused, or what to write instead
};

/// Every keyword of the vocabularies of 2020-12, and those of older drafts that schemas still use.
std::span<const Keyword> keywords();

/// Returns the entry of a keyword, or null for a word that is none.
const Keyword* find_keyword(std::string_view name);

}  // namespace vitrine::schema
