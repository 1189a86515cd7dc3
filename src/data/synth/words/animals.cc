// Animals.
#include "data/synth/words/tables.h"

namespace vitrine::data {

const std::string_view kAnimalWords = R"(
animal: *cat *dog *bird *fish/fish *horse *cow *duck *rabbit *frog *sheep/sheep *mouse/mice *fox
)";

}  // namespace vitrine::data
