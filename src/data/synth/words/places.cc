// Places that one can be in, and spots where a thing can lie.
#include "data/synth/words/tables.h"

namespace vitrine::data {

const std::string_view kPlaceWords = R"(
place as=place prep=in: *park *garden *kitchen *school/at *shop *forest *street *library *beach/at *barn *house
place as=place prep=in: *lake/at
place as=place prep=in: attic bakery bank/at bathroom bookshop tearoom castle cathedral cave cellar chapel church
place as=place prep=in: cinema classroom clinic cottage
place as=place prep=in: courtyard desert factory field gallery garage greenhouse gym hall harbour hospital hotel
place as=place prep=in: jungle kindergarten laboratory
place as=place prep=in: meadow mill monastery museum office orchard palace pharmacy playground/on prison restaurant
place as=place prep=in: shed stable stadium studio supermarket
place as=place prep=in: temple tent theatre tower town tunnel valley village vineyard warehouse workshop zoo/at
place as=place prep=at: airport bus_stop campsite circus crossroads farm fountain lighthouse market pond pool
place as=place prep=at: post_office railway_station river seaside
place as=place prep=at: swimming_pool town_hall university waterfall
place as=place prep=on: balcony bridge hill island pier roof square terrace platform
spot as=place prep=on: *table *chair *shelf *sofa bookshelf/on carpet counter doorstep mantelpiece windowsill
spot as=place prep=on: workbench stairs nightstand
spot as=place prep=in: *box *basket *drawer cupboard sink pantry fireplace bathtub cabinet flowerpot hay letterbox
spot as=place prep=in: laundry_basket toolbox
spot as=place prep=under: *bed *tree *desk staircase porch veranda pavement/on
spot as=place prep=behind: *door fence piano screen stove rosebush
spot as=place prep=near: *window gate well chimney fridge heater radiator
country as=none: Argentina Australia Austria Brazil Canada Chile China Denmark Egypt England Finland France Germany
country as=none: Ghana Greece Hungary Iceland
country as=none: India Ireland Italy Japan Kenya Mexico Morocco Norway Peru Poland Portugal Scotland Spain Sweden
country as=none: Switzerland Turkey Wales
tree: oak beech birch chestnut elm fir maple pine poplar willow cedar cypress larch linden palm spruce yew
flower: rose tulip daisy lily sunflower violet daffodil poppy orchid carnation geranium iris lavender marigold
flower: snowdrop bluebell
flower: buttercup crocus dahlia hyacinth jasmine peony primrose pansy
)";

}  // namespace vitrine::data
