// What people do, and how; sights, chores, lessons and advice.
#include "data/synth/words/tables.h"

namespace vitrine::data {

const std::string_view kVerbWords = R"(
activity as=verb: *run/ran/running *sing/sang/singing *dance *play *jump *sleep/slept *read/read *swim/swam/swimming
activity as=verb: *draw/drew
activity as=verb: bake climb cook cycle dive/dived exercise fish gallop garden giggle hike hop hum juggle jog
activity as=verb: knit/knitted/knitting laugh march meditate
activity as=verb: paddle paint practise relax rest rhyme ride/rode row sail sew shop sketch ski skip skate stretch
activity as=verb: study
activity as=verb: travel/travelled/travelling walk wander whisper whistle wrestle write/wrote daydream explore camp
activity as=verb: dig/dug/digging tidy_up help
pastime as=none: archery athletics badminton ballet baseball basketball billiards birdwatching bowling boxing
pastime as=none: calligraphy camping canoeing carpentry
pastime as=none: chess climbing cookery cricket crosswords cycling dancing darts dominoes drawing embroidery fencing
pastime as=none: fishing football gardening golf
pastime as=none: gymnastics handball hiking hockey horse-riding judo karate knitting needlework origami painting
pastime as=none: photography pottery puzzles
pastime as=none: reading riddles rowing rugby running sailing sculpture sewing singing skating skiing stamp-collecting
pastime as=none: surfing swimming tennis
pastime as=none: volleyball walking weaving woodwork wrestling yoga
handle as=verb: admire borrow break/broke buy/bought carry clean collect decorate drop examine find/found fix
handle as=verb: forget/forgot/forgetting hide/hid hold/held
handle as=verb: inspect lift measure mend notice paint photograph polish repair sell/sold show steal/stole/stealing
handle as=verb: study touch throw/threw wash
handle as=verb: wrap/wrapped/wrapping adjust arrange assemble choose/chose copy cover describe design destroy discover
handle as=verb: dust improve label lose/lost move
handle as=verb: offer pack pull purchase push recognise remove rescue return scratch search shake/shook sketch store
handle as=verb: test unwrap/unwrapped/unwrapping weigh
motion as=verb: walk run/ran/running hurry race rush stroll wander march creep/crept cycle hop jog limp sneak stumble
motion as=verb: skip
motion as=verb: tiptoe trot/trotted/trotting dash trudge saunter
tone as=none: quietly softly happily kindly politely cheerfully warmly calmly gently merrily
speak as=verb: say/said/saying/says cry shout whisper explain announce mumble exclaim add call mutter sigh remark
speak as=verb: declare murmur reply answer
manner as=none: happily slowly quickly quietly loudly carefully gently bravely calmly cheerfully eagerly angrily sadly
manner as=none: softly proudly politely
manner as=none: gracefully patiently nervously suddenly gladly kindly wisely lazily neatly perfectly secretly swiftly
manner as=none: warmly busily cautiously
manner as=none: clumsily silently skilfully steadily thoughtfully gratefully merrily hastily curiously
chore as=verb: wash_the_dishes sweep_the_floor/swept_the_floor make_the_bed/made_the_bed water_the_flowers
chore as=verb: feed_the_chickens/fed_the_chickens
chore as=verb: peel_the_potatoes dry_the_laundry iron_the_shirts rake_the_leaves
chore as=verb: set_the_table/set_the_table/setting_the_table mow_the_lawn chop_the_wood
chore as=verb: scrub_the_stairs/scrubbed_the_stairs/scrubbing_the_stairs dust_the_shelves empty_the_bin milk_the_cows
chore as=verb: shear_the_sheep/sheared_the_sheep/shearing_the_sheep
chore as=verb: pick_the_cherries paint_the_fence mend_the_roof clean_the_windows fold_the_towels knead_the_dough
chore as=verb: light_the_fire/lit_the_fire
chore as=verb: lock_the_gate walk_the_dog brush_the_horse collect_the_eggs polish_the_boots
chore as=verb: write_a_letter/wrote_a_letter
sight as=none: a_rainbow a_shooting_star the_sunrise a_thunderstorm a_full_moon a_procession a_display_of_fireworks
sight as=none: a_hot-air_balloon a_strange_shadow
sight as=none: an_old_ruin a_trail_of_footprints a_cloud_of_smoke a_wild_garden fresh_snow a_secret_passage
sight as=none: a_wooden_signpost a_puppet_show
sight as=none: a_frozen_puddle a_clear_spring
sight as=none: a_carved_stone a_ship_on_the_horizon a_heap_of_golden_leaves a_street_musician an_empty_nest
sight as=none: a_locked_trapdoor
sight as=none: a_bright_comet
lesson as=none: sharing_makes_friends patience_is_rewarded a_promise_must_be_kept honesty_is_the_best_policy
lesson as=none: practice_makes_perfect
lesson as=none: small_steps_lead_far kindness_costs_nothing it_is_wise_to_ask_for_help everyone_makes_mistakes
lesson as=none: a_good_friend_is_a_treasure
lesson as=none: courage_grows_slowly nobody_is_too_small_to_matter travelling_opens_your_eyes losing_is_no_shame
lesson as=none: a_friend_is_worth_more_than_a_prize everyone_can_learn_to_lose
advice as=verb: take_a_nap drink_a_glass_of_water go_for_a_walk phone_a_friend eat_a_warm_meal_to_quiet_music
advice as=verb: breathe_deeply read_a_comic
advice as=verb: talk_to_somebody make_a_list try_again_tomorrow ask_for_advice stretch_your_legs write_it_down
advice as=verb: open_a_window put_on_a_jumper
advice as=verb: bake_something have_a_bath watch_the_clouds start_a_new_hobby count_to_ten tell_a_joke learn_a_poem
advice as=verb: rest_for_an_hour
)";

}  // namespace vitrine::data
