// Names, and what people are called.
#include "data/synth/words/tables.h"

namespace vitrine::data {

const std::string_view kPeopleWords = R"(
name gender=m as=none: *Tom *Ben *Sam *Max *Leo *Tim *Jack *Paul *Noah *Finn
name gender=f as=none: *Anna *Mia *Lily *Emma *Sara *Kate *Lucy *Eva *Nina *Rose
child gender=m: *boy
child gender=f: *girl
)";

}  // namespace vitrine::data
