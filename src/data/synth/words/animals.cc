// Animals: what they are, where they live, what they eat and say.
#include "data/synth/words/tables.h"

namespace vitrine::data {

const std::string_view kAnimalWords = R"(
animal group=pet: *cat *dog *rabbit hamster parrot guinea_pig goldfish/goldfish canary puppy kitten tortoise budgie
animal group=farm_animal: *horse *cow *sheep/sheep *duck goat pig hen donkey goose/geese rooster turkey lamb pony
animal group=farm_animal: calf/calves ox/oxen mule
animal group=wild_animal: *mouse/mice *fox *frog badger bat bear beaver boar camel cheetah chimpanzee deer/deer
animal group=wild_animal: elephant ferret gazelle giraffe
animal group=wild_animal: gorilla hare hedgehog hippopotamus hyena jackal jaguar kangaroo koala leopard lion lynx
animal group=wild_animal: marmot meerkat mole monkey moose/moose
animal group=wild_animal: otter panda panther porcupine raccoon rat reindeer/reindeer rhinoceros skunk sloth squirrel
animal group=wild_animal: tiger weasel wolf/wolves wombat yak zebra
animal group=bird: *bird blackbird crow cuckoo dove eagle falcon flamingo gull hawk heron hummingbird kingfisher
animal group=bird: magpie nightingale ostrich
animal group=bird: owl peacock pelican penguin pheasant pigeon puffin quail raven robin sparrow stork swallow swan
animal group=bird: thrush toucan vulture woodpecker wren
animal group=sea_animal: *fish/fish crab dolphin jellyfish/jellyfish lobster octopus oyster salmon/salmon seahorse
animal group=sea_animal: seal shark shrimp/shrimp
animal group=sea_animal: squid/squid starfish/starfish stingray trout/trout tuna/tuna turtle walrus whale cod/cod eel
animal group=sea_animal: herring
animal group=insect: ant bee beetle bumblebee butterfly caterpillar cicada cockroach cricket dragonfly firefly fly
animal group=insect: grasshopper hornet ladybird
animal group=insect: locust mosquito moth termite wasp
animal group=reptile: chameleon cobra crocodile gecko iguana lizard python snake viper alligator
fact sound of=animal as=verb: cat=meow dog=bark horse=neigh cow=moo sheep=bleat duck=quack goat=bleat pig=grunt
fact sound of=animal as=verb: hen=cluck donkey=bray goose=honk
fact sound of=animal as=verb: rooster=crow turkey=gobble mouse=squeak fox=yelp frog=croak bear=growl elephant=trumpet
fact sound of=animal as=verb: lion=roar wolf=howl hyena=laugh
fact sound of=animal as=verb: monkey=chatter owl=hoot dove=coo crow=caw cricket=chirp bee=buzz snake=hiss parrot=talk
fact sound of=animal as=verb: canary=sing/sang nightingale=sing/sang
fact sound of=animal as=verb: puppy=whine kitten=purr tiger=snarl dolphin=click seal=bark sparrow=twitter
fact sound of=animal as=verb: eagle=screech bird=tweet woodpecker=hammer
fact habitat of=animal as=place: fox=forest bear=mountains lion=savannah tiger=jungle camel=desert penguin=ice/on
fact habitat of=animal as=place: frog=pond whale=ocean
fact habitat of=animal as=place: shark=ocean dolphin=sea crab=shore/on monkey=rainforest elephant=savannah
fact habitat of=animal as=place: giraffe=grassland zebra=grassland deer=woods
fact habitat of=animal as=place: hedgehog=hedge mole=ground/under beaver=river otter=river squirrel=treetops owl=woods
fact habitat of=animal as=place: eagle=cliffs/on gull=coast/on
fact habitat of=animal as=place: heron=marsh kingfisher=stream swan=lake/on flamingo=lagoon stork=wetlands
fact habitat of=animal as=place: hippopotamus=river crocodile=swamp
fact habitat of=animal as=place: octopus=reef seahorse=seaweed lobster=seabed/on gorilla=jungle panda=bamboo_forest
fact habitat of=animal as=place: koala=eucalyptus_trees kangaroo=outback
fact habitat of=animal as=place: reindeer=tundra walrus=Arctic yak=highlands goat=hills/on cow=meadow sheep=pasture/on
fact habitat of=animal as=place: horse=stable pig=sty
fact habitat of=animal as=place: hen=henhouse bee=hive ant=anthill termite=mound dragonfly=reeds trout=brook
fact habitat of=animal as=place: salmon=river badger=burrow bat=cave
fact habitat of=animal as=place: rat=sewer cobra=grass gecko=rocks/among lizard=wall/on vulture=plains/over
fact habitat of=animal as=place: hummingbird=tropics jaguar=jungle lynx=woods
fact diet of=animal: cat=mouse/mice dog=bone rabbit=carrot horse=hay/hay cow=grass/grass sheep=clover/clover
fact diet of=animal: duck=snail goat=leaf/leaves hen=grain/grain
fact diet of=animal: fox=vole bear=berry elephant=branch lion=antelope tiger=deer/deer camel=thorn monkey=fig
fact diet of=animal: panda=bamboo/bamboo koala=eucalyptus/eucalyptus
fact diet of=animal: squirrel=acorn beaver=bark/bark hedgehog=slug mole=worm owl=mouse/mice eagle=rabbit heron=minnow
fact diet of=animal: bee=nectar/nectar butterfly=pollen/pollen
fact diet of=animal: frog=mosquito snake=egg whale=plankton/plankton shark=tuna/tuna penguin=sardine seal=herring
fact diet of=animal: sparrow=seed parrot=nut giraffe=twig
fact diet of=animal: zebra=grass/grass kangaroo=shrub crocodile=gazelle ladybird=aphid caterpillar=cabbage goose=weed
fact diet of=animal: woodpecker=grub
fact diet of=animal: mouse=cheese/cheese pig=potato/potatoes donkey=straw/straw deer=sprout reindeer=moss/moss
fact diet of=animal: otter=crayfish/crayfish hare=herb swallow=gnat
fact feature of=animal: elephant=long_trunk giraffe=long_neck zebra=striped_coat lion=thick_mane camel=round_hump
fact feature of=animal: kangaroo=deep_pouch turtle=hard_shell
fact feature of=animal: tortoise=heavy_shell peacock=splendid_tail fox=bushy_tail squirrel=fluffy_tail
fact feature of=animal: beaver=flat_tail woodpecker=pointed_beak pelican=huge_bill
fact feature of=animal: rhinoceros=sharp_horn cow=soft_muzzle hedgehog=prickly_back skunk=white_stripe
fact feature of=animal: snake=forked_tongue frog=sticky_tongue horse=flowing_mane
fact feature of=animal: rooster=scarlet_comb pig=curly_tail rabbit=fuzzy_tail mouse=pink_tail cat=rough_tongue
fact feature of=animal: dog=wet_nose ladybird=spotted_shell
fact feature of=animal: wasp=narrow_waist firefly=glowing_belly owl=flat_face eagle=hooked_beak whale=mighty_fin
fact feature of=animal: walrus=bristly_moustache
)";

}  // namespace vitrine::data
