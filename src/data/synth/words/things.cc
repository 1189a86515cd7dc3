// Things that one can have and what they are for; food and drink.
#include "data/synth/words/tables.h"

namespace vitrine::data {

const std::string_view kThingWords = R"(
thing group=toy: *ball *kite *doll puppet marble balloon whistle yo-yo jigsaw dice/dice skateboard teddy_bear
thing group=toy: rocking_horse spinning_top dollhouse
thing group=instrument: *drum guitar violin flute trumpet piano harp cello clarinet accordion banjo tambourine
thing group=instrument: xylophone saxophone ukulele bagpipe
thing group=garment: *hat *coat scarf/scarves jacket shirt skirt dress sweater glove sock apron belt cap cloak boot
thing group=garment: sandal slipper pullover
thing group=garment: raincoat blouse vest tie uniform waistcoat hood mitten shawl cardigan
thing group=tool: *key hammer saw axe shovel spade screwdriver ladder rope needle brush broom bucket
thing group=tool: pair_of_scissors/pairs_of_scissors wrench
thing group=tool: paintbrush magnet torch file clamp crowbar hoe sickle watering_can wheelbarrow nail screw thimble
thing group=tool: hook pulley
thing group=dish: *cup *spoon fork knife/knives plate bowl saucer mug teapot kettle jug saucepan tray corkscrew grater
thing group=dish: ladle sieve
thing group=dish: whisk rolling_pin thermos toaster
thing group=container: *bag case chest crate jar barrel bottle envelope suitcase rucksack purse wallet vase tin pot
thing group=container: sack trunk casket pouch
thing group=vehicle: *boat bicycle cart sledge wagon car van lorry canoe scooter tricycle raft motorbike carriage
thing group=vehicle: kayak sailing_boat rowing_boat
thing group=jewel: *ring necklace bracelet brooch earring pearl crown medal locket tiara pendant amulet
thing group=piece_of_furniture/pieces_of_furniture: *lamp *clock stool armchair bench bookcase mirror cradle rug
thing group=piece_of_furniture/pieces_of_furniture: wardrobe cushion pillow blanket
thing group=piece_of_furniture/pieces_of_furniture: curtain mattress candlestick hammock chandelier
thing group=thing_for_school/things_for_school: *book *pen pencil ruler notebook eraser dictionary crayon map globe
thing group=thing_for_school/things_for_school: calendar diary inkwell atlas
thing group=thing_for_school/things_for_school: textbook sharpener chalkboard
thing group=device: *bell *umbrella radio telephone camera computer thermometer telescope microscope compass
thing group=device: calculator printer television
thing group=device: lantern stopwatch barometer loudspeaker battery robot typewriter hourglass
thing group=device: sundial pair_of_binoculars/pairs_of_binoculars pair_of_headphones/pairs_of_headphones
thing group=thing_for_sport/things_for_sport: racket helmet ski surfboard goal basketball football bow arrow dartboard
thing group=thing_for_sport/things_for_sport: fishing_rod saddle trampoline
thing group=keepsake: picture postcard photograph stamp ribbon flag poster
thing group=present: statue ornament souvenir coin shell candle mask trophy bouquet feather
thing group=present: painting figurine music_box
fact use of=thing as=verb: ball=play_a_match kite=catch_the_wind/caught_the_wind drum=beat_time/beat_time/beating_time
fact use of=thing as=verb: whistle=call_a_dog guitar=accompany_songs
fact use of=thing as=verb: scarf=keep_warm/kept_warm glove=protect_your_fingers apron=stay_clean
fact use of=thing as=verb: belt=hold_up_trousers/held_up_trousers
fact use of=thing as=verb: key=unlock_a_door hammer=drive_nails/drove_nails saw=cut_planks/cut_planks/cutting_planks
fact use of=thing as=verb: axe=chop_logs shovel=clear_snow
fact use of=thing as=verb: spade=dig_holes/dug_holes/digging_holes screwdriver=tighten_screws ladder=climb_a_roof
fact use of=thing as=verb: rope=tie_knots/tied_knots/tying_knots
fact use of=thing as=verb: needle=sew_buttons broom=sweep_the_yard/swept_the_yard bucket=fetch_water
fact use of=thing as=verb: paintbrush=paint_fences magnet=attract_iron torch=light_the_dark/lit_the_dark
fact use of=thing as=verb: cup=drink_cocoa/drank_cocoa spoon=stir_soup/stirred_soup/stirring_soup
fact use of=thing as=verb: fork=eat_noodles/ate_noodles knife=slice_bread plate=serve_dinner
fact use of=thing as=verb: teapot=brew_tea kettle=boil_water jug=pour_milk grater=grate_cheese sieve=sift_flour
fact use of=thing as=verb: whisk=beat_cream/beat_cream/beating_cream
fact use of=thing as=verb: rolling_pin=roll_dough toaster=toast_slices bag=carry_groceries jar=store_jam
fact use of=thing as=verb: envelope=send_letters/sent_letters
fact use of=thing as=verb: suitcase=pack_clothes vase=display_roses wallet=keep_banknotes/kept_banknotes
fact use of=thing as=verb: boat=sail_across_a_lake bicycle=ride_to_work/rode_to_work
fact use of=thing as=verb: sledge=slide_downhill/slid_downhill van=transport_parcels canoe=paddle_upstream
fact use of=thing as=verb: lamp=brighten_a_corner clock=tell_the_time/told_the_time
fact use of=thing as=verb: mirror=see_your_face/saw_your_face pillow=rest_your_head blanket=warm_your_feet
fact use of=thing as=verb: curtain=block_the_sunlight candlestick=hold_a_candle/held_a_candle
fact use of=thing as=verb: book=learn_history pen=write_essays/wrote_essays pencil=sketch_a_portrait
fact use of=thing as=verb: ruler=draw_lines/drew_lines eraser=correct_mistakes
fact use of=thing as=verb: dictionary=look_up_meanings map=find_the_route/found_the_route globe=compare_continents
fact use of=thing as=verb: calendar=plan_the_month bell=announce_visitors
fact use of=thing as=verb: umbrella=keep_off_the_rain/kept_off_the_rain radio=hear_the_forecast/heard_the_forecast
fact use of=thing as=verb: telephone=speak_to_relatives/spoke_to_relatives
fact use of=thing as=verb: camera=record_memories computer=process_data thermometer=measure_the_temperature
fact use of=thing as=verb: telescope=observe_planets microscope=examine_cells
fact use of=thing as=verb: compass=find_the_north/found_the_north calculator=check_sums stopwatch=time_a_race
fact use of=thing as=verb: helmet=protect_your_skull racket=hit_a_shuttlecock/hit_a_shuttlecock/hitting_a_shuttlecock
fact use of=thing as=verb: fishing_rod=fish_for_carp candle=scent_a_bedroom hourglass=measure_minutes
fact use of=thing as=verb: watering_can=sprinkle_seedlings wheelbarrow=move_bricks
food group=fruit: *apple *pear *banana *orange *plum *lemon apricot cherry grape fig kiwi mango melon peach pineapple
food group=fruit: strawberry raspberry
food group=fruit: blackberry blueberry coconut date grapefruit lime papaya pomegranate quince tangerine watermelon
food group=fruit: gooseberry
food group=vegetable: *carrot bean beetroot cabbage cauliflower cucumber leek mushroom olive onion pea pepper
food group=vegetable: potato/potatoes pumpkin radish
food group=vegetable: tomato/tomatoes turnip courgette aubergine artichoke parsnip shallot
food group=snack: *egg *cake *nut biscuit bun cracker doughnut dumpling muffin pancake pastry pie pizza pretzel
food group=snack: sandwich sausage
food group=snack: tart waffle almond hazelnut walnut roll omelette crisp cupcake croissant
food group=sweet: chocolate lollipop toffee truffle caramel gumdrop jelly_bean peppermint
meal mass=yes: broth chowder curry custard fudge goulash jam lasagne marmalade oatmeal pasta porridge pudding risotto
meal mass=yes: salad soup spaghetti stew
meal mass=yes: cabbage_soup fruit_salad mashed_potatoes pumpkin_soup noodle_soup apple_sauce rice_pudding
meal mass=yes: compote vegetable_stew lentil_soup chicken_soup scrambled_eggs toast_with_jam marmalade_on_toast
dishfood mass=yes: bread butter cheese chicken cocoa coffee cream honey ice_cream juice ketchup lemonade
dishfood mass=yes: milk mustard rice salami salt spinach sugar syrup tea toast
dishfood mass=yes: vinegar water yoghurt buttermilk cinnamon dough flour garlic ginger gravy mint parsley
taste as=adjective: sweet sour bitter salty spicy juicy tasty fresh crisp creamy crunchy delicious/- mild ripe tender
)";

}  // namespace vitrine::data
