// What things and people can be like, and numbers.
#include "data/synth/words/tables.h"

namespace vitrine::data {

const std::string_view kPropertyWords = R"(
colour as=none: *red *blue *green *yellow *white *black *brown *pink
size as=adjective: *big *small
number as=number: *one/1 *two/2 *three/3 *four/4 *five/5 *six/6 *seven/7 *eight/8 *nine/9 *ten/10
integer as=none: *0
feeling as=none: *happy *sad *hungry *tired *glad *proud
activity as=verb: *run/ran/running *sing/sang/singing *dance *play *jump *sleep/slept *read/read *swim/swam/swimming *draw/drew
weather as=none: *sunny *cold *warm *windy
)";

}  // namespace vitrine::data
