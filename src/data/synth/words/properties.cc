// What things and days can be like, numbers, and units.
#include "data/synth/words/tables.h"

namespace vitrine::data {

const std::string_view kPropertyWords = R"(
colour as=none: *red *blue *green *yellow *white *black *brown *pink purple grey orange golden silver turquoise
colour as=none: crimson beige violet ivory scarlet
size as=adjective: *big *small tiny huge little/smaller/smallest large enormous/- gigantic/- miniature/-
material as=none: wooden glass metal paper leather plastic stone silk cotton woollen iron copper brass clay rubber
material as=none: marble bamboo porcelain
material as=none: velvet linen steel bronze felt wax cardboard
quality as=adjective: old new clean dirty heavy light shiny soft smooth rough sharp strong cheap fine pretty plain
quality as=adjective: rusty dusty sturdy
quality as=adjective: beautiful/- expensive/- broken/- useful/- precious/- ancient/- antique/- comfortable/- elegant/-
quality as=adjective: faded/- fragile/- handsome ordinary/-
quality as=adjective: magnificent/- modern/- mysterious/- rare remarkable/- scratched/- second-hand/- simple
quality as=adjective: splendid/- torn/- unusual/- valuable/- wonderful/- worn/-
quality as=adjective: colourful/- cracked/- crooked/- dainty delicate/- foreign/- forgotten/- gleaming/- hollow/-
quality as=adjective: lovely muddy patched/- polished/-
weather as=none: *sunny *cold *warm *windy bright chilly cloudy cool damp dry foggy freezing frosty hot icy mild misty
weather as=none: rainy snowy stormy
number as=number: *one/1 *two/2 *three/3 *four/4 *five/5 *six/6 *seven/7 *eight/8 *nine/9 *ten/10 eleven/11 twelve/12
number as=number: thirteen/13 fourteen/14
number as=number: fifteen/15 sixteen/16 seventeen/17 eighteen/18 nineteen/19 twenty/20
several as=none: two three four five six seven eight nine ten eleven twelve
integer as=none: *0
compare as=adjective: tall old young fast strong clever brave rich quick patient/- careful/- cheerful/-
truth as=none: *yes *no
unit: kilometre metre centimetre millimetre tonne kilogram gram litre millilitre day hour minute second
weekday as=none: Monday Tuesday Wednesday Thursday Friday Saturday Sunday
month as=none: January February March April May June July August September October November December
season as=none: spring summer autumn winter
daytime as=none: morning afternoon evening
subject as=none: algebra art astronomy biology chemistry drama French geography geometry German grammar history Latin
subject as=none: literature mathematics music
subject as=none: geology physics poetry Spanish spelling
event: party wedding birthday concert festival picnic fair parade race match dance holiday exhibition competition
event: performance feast play
event: carnival ceremony lecture meeting reunion tournament
)";

}  // namespace vitrine::data
