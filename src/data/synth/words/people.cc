// Names, kin, trades, and what people are like.
#include "data/synth/words/tables.h"

namespace vitrine::data {

const std::string_view kPeopleWords = R"(
name gender=m as=none: *Tom *Ben *Sam *Max *Leo *Tim *Jack *Paul *Noah *Finn
name gender=m as=none: Adam Aaron Albert Alfred Arthur Basil Bruno Carl Caspar Cedric Daniel David Dennis Edgar Edmund
name gender=m as=none: Emil Eric
name gender=m as=none: Felix Frank Fred George Gordon Harry Henry Hugo Ian Isaac Jacob James Jasper Joel John Jonas
name gender=m as=none: Karim Kevin Kofi
name gender=m as=none: Lars Lewis Louis Luke Marco Martin Mateo Milo Nathan Nils Oliver Omar Oscar Otto Peter Philip
name gender=m as=none: Quentin Ralph Ravi
name gender=m as=none: Robert Rupert Simon Stefan Theo Thomas Tobias Victor Walter William Yusuf
name gender=f as=none: *Anna *Mia *Lily *Emma *Sara *Kate *Lucy *Eva *Nina *Rose
name gender=f as=none: Ada Agnes Alice Amina Amy Astrid Beatrice Bella Camille Carla Celia Clara Daisy Diana Edith
name gender=f as=none: Elena Elsa Emily
name gender=f as=none: Esther Fatima Fiona Flora Freya Gloria Greta Hannah Helen Hilda Ida Ines Ingrid Irene Iris Jane
name gender=f as=none: Jasmine Joan Julia
name gender=f as=none: Karen Laura Leila Lena Linda Lisa Lotte Maria Martha Maya Molly Nadia Naomi Nora Olga Paula Pia
name gender=f as=none: Priya Rosa
name gender=f as=none: Ruth Sophie Stella Susan Tara Tilda Vera Violet Wendy Yara Zoe
child gender=m: *boy
child gender=f: *girl
grownup gender=m: man/men gentleman/gentlemen
grownup gender=f: woman/women lady
kin gender=m: father grandfather brother uncle nephew son
kin gender=f: mother grandmother sister aunt niece daughter
kin: cousin neighbour friend classmate teammate
relative: father grandfather brother uncle mother grandmother sister aunt cousin neighbour friend godmother godfather
relative: stepbrother stepsister
job: actor architect artist astronomer baker banker barber beekeeper blacksmith bricklayer butcher captain carpenter
job: cashier chemist
job: cleaner clown cobbler cook dancer dentist designer detective diver doctor driver editor electrician engineer
job: explorer farmer
job: firefighter fisher florist forester gardener geologist glazier goldsmith guide hairdresser historian hunter
job: innkeeper inventor jeweller journalist judge juggler knight lawyer librarian locksmith magician mayor mechanic
job: merchant midwife/midwives
job: miller miner musician nurse optician painter pharmacist philosopher photographer pianist pilot plumber poet
job: police_officer
job: porter mail_carrier potter printer professor programmer ranger reporter roofer sailor scientist sculptor
job: secretary shepherd
job: shoemaker shopkeeper singer soldier surgeon surveyor tailor teacher translator trainer vet waiter watchmaker
job: weaver wizard writer zookeeper
fact work of=job as=verb: actor=play_roles architect=plan_houses artist=paint_pictures astronomer=watch_the_stars
fact work of=job as=verb: baker=bake_bread
fact work of=job as=verb: banker=count_money barber=cut_hair/cut_hair/cutting_hair beekeeper=keep_bees/kept_bees
fact work of=job as=verb: blacksmith=forge_iron
fact work of=job as=verb: bricklayer=build_walls/built_walls butcher=sell_meat/sold_meat captain=steer_ships
fact work of=job as=verb: carpenter=saw_wood
fact work of=job as=verb: chemist=mix_liquids cleaner=sweep_floors/swept_floors
fact work of=job as=verb: clown=make_people_laugh/made_people_laugh cobbler=mend_shoes
fact work of=job as=verb: cook=prepare_meals dancer=perform_on_stage dentist=look_after_teeth designer=design_clothes
fact work of=job as=verb: detective=solve_crimes diver=explore_the_sea doctor=treat_patients
fact work of=job as=verb: driver=drive_lorries/drove_lorries/driving_lorries
fact work of=job as=verb: electrician=install_wires engineer=build_bridges/built_bridges explorer=discover_islands
fact work of=job as=verb: farmer=grow_wheat/grew_wheat
fact work of=job as=verb: firefighter=put_out_fires/put_out_fires/putting_out_fires fisher=catch_fish/caught_fish
fact work of=job as=verb: florist=arrange_flowers
fact work of=job as=verb: forester=protect_the_woods gardener=water_plants geologist=study_rocks glazier=replace_panes
fact work of=job as=verb: goldsmith=melt_gold guide=lead_tourists/led_tourists hairdresser=wash_hair
fact work of=job as=verb: historian=research_the_past
fact work of=job as=verb: innkeeper=welcome_guests inventor=invent_machines jeweller=polish_diamonds
fact work of=job as=verb: journalist=interview_strangers
fact work of=job as=verb: judge=decide_quarrels juggler=juggle_torches lawyer=defend_clients
fact work of=job as=verb: librarian=lend_books/lent_books
fact work of=job as=verb: locksmith=open_locks magician=perform_tricks mayor=govern_a_town mechanic=repair_engines
fact work of=job as=verb: merchant=trade_goods
fact work of=job as=verb: miller=grind_grain/ground_grain miner=dig_coal/dug_coal/digging_coal musician=play_concerts
fact work of=job as=verb: nurse=comfort_the_sick
fact work of=job as=verb: optician=fit_lenses/fitted_lenses/fitting_lenses painter=decorate_rooms
fact work of=job as=verb: pharmacist=sell_medicine/sold_medicine
fact work of=job as=verb: photographer=take_photographs/took_photographs pianist=practise_melodies
fact work of=job as=verb: pilot=fly_aeroplanes/flew_aeroplanes
fact work of=job as=verb: plumber=fix_pipes poet=write_verses/wrote_verses police_officer=catch_thieves/caught_thieves
fact work of=job as=verb: porter=carry_luggage
fact work of=job as=verb: mail_carrier=deliver_letters potter=shape_clay printer=print_newspapers
fact work of=job as=verb: professor=give_lectures/gave_lectures
fact work of=job as=verb: programmer=write_software/wrote_software ranger=guard_the_park reporter=report_the_news
fact work of=job as=verb: roofer=lay_tiles/laid_tiles
fact work of=job as=verb: sailor=cross_oceans scientist=test_theories sculptor=carve_statues shepherd=guard_flocks
fact work of=job as=verb: shoemaker=sew_boots
fact work of=job as=verb: shopkeeper=serve_customers singer=sing_ballads/sang_ballads surgeon=perform_operations
fact work of=job as=verb: surveyor=measure_land
fact work of=job as=verb: tailor=stitch_suits teacher=teach_pupils/taught_pupils translator=translate_novels
fact work of=job as=verb: vet=heal_animals
fact work of=job as=verb: waiter=carry_trays watchmaker=adjust_clocks weaver=weave_carpets/wove_carpets
fact work of=job as=verb: writer=write_tales/wrote_tales
fact work of=job as=verb: cashier=give_change/gave_change editor=shorten_articles hunter=follow_tracks
fact work of=job as=verb: knight=guard_a_castle midwife=help_mothers
fact work of=job as=verb: philosopher=ask_questions secretary=type_reports soldier=patrol_the_border
fact work of=job as=verb: trainer=train_athletes wizard=cast_spells/cast_spells
fact work of=job as=verb: zookeeper=feed_lions/fed_lions
fact tool of=job: artist=easel baker=oven barber=razor blacksmith=anvil carpenter=plane cook=frying_pan dentist=drill
fact tool of=job: detective=magnifying_glass
fact tool of=job: doctor=stethoscope farmer=tractor firefighter=hose fisher=net gardener=rake hairdresser=hairdryer
fact tool of=job: judge=gavel
fact tool of=job: knight=sword mechanic=spanner miner=pickaxe painter=roller photographer=tripod plumber=plunger
fact tool of=job: potter=wheel
fact tool of=job: sculptor=chisel shepherd=crook soldier=helmet surgeon=scalpel tailor=sewing_machine
fact tool of=job: teacher=blackboard weaver=loom
fact tool of=job: astronomer=telescope sailor=compass surveyor=tape_measure beekeeper=smoker mail_carrier=satchel
fact tool of=job: scientist=microscope
trait as=adjective: *kind/kinder/kindest brave calm clever curious/- fair friendly funny gentle greedy grumpy
trait as=adjective: careful/- helpful/- honest/- lazy loud lucky
trait as=adjective: patient/- polite proud quick quiet rude serious/- shy silly sincere stubborn/- thoughtful/- tidy
trait as=adjective: timid vain wise witty generous/-
trait as=adjective: ambitious/- cautious/- charming/- cheerful/- confident/- considerate/- courageous/- creative/-
trait as=adjective: determined/- diligent/- easy-going/-
trait as=adjective: energetic/- faithful/- forgetful/- graceful/- hard-working/- imaginative/- independent/-
trait as=adjective: industrious/- inventive/- jolly
trait as=adjective: loyal/- modest/- mischievous/- noble obedient/- optimistic/- practical/- reliable/- reserved/-
trait as=adjective: sensible/- skilful/- sociable/-
trait as=adjective: strict talkative/- tender trustworthy/- warm-hearted/- well-mannered/- absent-minded/-
trait as=adjective: adventurous/- affectionate/- attentive/-
feeling as=none: *happy *sad *hungry *tired *glad *proud afraid amazed amused angry annoyed anxious ashamed astonished
feeling as=none: bored cheerful
feeling as=none: confused contented curious delighted disappointed eager embarrassed excited exhausted frightened
feeling as=none: furious grateful
feeling as=none: homesick hopeful impatient jealous joyful lonely merry miserable nervous offended overjoyed peaceful
feeling as=none: pleased puzzled relaxed
feeling as=none: relieved restless satisfied scared shocked sleepy sorry surprised thankful thirsty thrilled uneasy
feeling as=none: unhappy upset worried
gladness as=none: happy glad proud amused cheerful contented delighted excited grateful hopeful joyful merry overjoyed
gladness as=none: pleased relaxed relieved
gladness as=none: satisfied thankful thrilled
grief as=none: sad tired afraid angry annoyed anxious ashamed bored confused disappointed exhausted frightened furious
grief as=none: homesick impatient jealous
grief as=none: lonely miserable nervous offended restless scared shocked unhappy upset worried
body: arm back chin ear elbow eye finger foot/feet forehead hand head heel hip knee leg lip neck nose shoulder stomach
body: throat thumb toe tongue
body: tooth/teeth wrist ankle cheek chest eyebrow
hair as=none: blond brown_curly dark long_black red short_grey straight wavy white auburn
)";

}  // namespace vitrine::data
