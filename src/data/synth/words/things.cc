// Things that one can have, and food.
#include "data/synth/words/tables.h"

namespace vitrine::data {

const std::string_view kThingWords = R"(
thing: *ball *book *cup *hat *kite *doll *drum *bag *key *lamp *pen *coat *spoon *clock *boat *bell *ring *umbrella
food: *apple *egg *cake *pear *banana *orange *carrot *nut *plum *lemon
)";

}  // namespace vitrine::data
