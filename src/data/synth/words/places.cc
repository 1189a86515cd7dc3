// Places that one can be in, and spots where a thing can lie.
#include "data/synth/words/tables.h"

namespace vitrine::data {

const std::string_view kPlaceWords = R"(
place as=place prep=in: *park *garden *kitchen *school/at *shop *forest *street *library *beach/at *barn *house *lake/at
spot as=place prep=on: *table *chair *shelf *sofa
spot as=place prep=in: *box *basket *drawer
spot as=place prep=under: *bed *tree *desk
spot as=place prep=behind: *door
spot as=place prep=near: *window
)";

}  // namespace vitrine::data
