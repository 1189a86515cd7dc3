#include "data/synth/words/tables.h"

#include <array>

namespace vitrine::data {

std::span<const std::string_view> word_tables() {
  static const std::array tables = {kPeopleWords,   kAnimalWords, kThingWords,   kPlaceWords,
                                    kPropertyWords, kVerbWords,   kFittingWords, kFittingThings};
  return tables;
}

}  // namespace vitrine::data
