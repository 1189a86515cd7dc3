// The sentences of the small level's stories and descriptions, told in the present.
#include "data/synth/rules/tables.h"

namespace vitrine::data {

const std::string_view kStoryRules = R"(
story_child(p:name)
  $p is a (|small|kind|good|happy) $p.child.
  This is a story about $p.
  Once there is a $p.child. $p:his name is $p.
story_owns(p:name t:thing)
  $p has a $t.colour $t.
  $p:he has a $t.size $t.colour $t.
  $p:he has a (new|old|good) $t, and the $t is $t.colour.
  $p:he has a $t.colour $t from $p:his (mother|father|friend).
story_loves(p:name t:thing)
  $p:he likes the $t very much.
  $p:he likes to play with the $t.
  The $t is $p:his best thing.
  $p:he takes the $t to bed (|every day).
story_day(p:name)
  One day $p goes $p.place:to.
  (Today|One day) $p is $p.place:in.
  It is a $p.weather day, and $p goes $p.place:to.
  It is $p.weather (|today), and $p is $p.place:in.
story_meets(p:name q:name)
  There $p sees $p:his friend $q.
  $p:his friend $q is there too.
  $p meets $p:his friend $q.
  $p:his friend $q comes and says hello.
story_plays(p:name q:name)
  $p and $q play (there|all day).
  They (run|sing|dance|jump|play) all day.
  They play (there|and sing|and run).
story_home(p:name)
  Then $p goes home.
  At night $p is in bed.
  $p goes home and (eats|sleeps).
  Now it is night, and $p sleeps.
story_feels(p:name)
  $p is (very|so|) $p.feeling.
  Now $p is very $p.feeling.
story_end_two(p:name q:name)
  Now they are (very|so) happy.
  $p and $q are (very|so) happy.
  They are good friends now.
  They go home and they are happy.

lost_thing(p:name t:thing)
  But $p can not find the $t.
  Oh no, the $t is not there!
  $p looks for the $t, but $p:he can not find it.
  $p:he does not see the $t (there|now).
lost_looks(p:name)
  $p:he looks $p.spot:in, but it is not there.
  $p:he looks $p.spot:in. It is not there.
lost_finds(p:name t:thing)
  $p looks $t.spot:in, and there it is!
  $p goes home and sees the $t $t.spot:in.
  $p finds the $t $t.spot:in.
lost_helps(p:name q:name)
  $p:his friend $q helps $p:him.
  $p:his friend $q wants to help $p:him.
  They look for it all day.
ask_where_mine(t:thing)
  Where is my $t?
  Do you see my $t?
  Can you help me find my $t?
say_spot(t:thing)
  Your $t is $t.spot:in.
  The $t is $t.spot:in.
  Look, it is $t.spot:in.
  I see the $t $t.spot:in.
say_thanks(p:name)
  Thank you.
  Thank you, $p.
  Thank you very much.
  You are a good friend, $p.
say_hello(p:name)
  Hello, $p.
  Good morning, $p.
  Hi, $p.
say_what(p:name)
  What do you have, $p?
  What is it, $p?
say_have(t:thing)
  I have a $t.colour $t.
  It is my $t.
  This is my $t.colour $t.
say_want(t:thing)
  Do you want the $t?
  Do you like the $t?
  You can have the $t.
say_give_back(t:thing)
  Can I have the $t?
  I like your $t.
  I want to play with your $t.
say_yes(p:name)
  Yes, $p.
  Yes, thank you.
  Yes, I like it very much.
say_play(p:name)
  Do you want to play, $p?
  Let us play.
  Come and play with me, $p.
say_hungry(p:name)
  I am hungry.
  I want to eat, $p.
tail tail_says(p:name)
  says $p.
  says $p to $p:his friend.
tail tail_asks(p:name)
  asks $p.
tail tail_he_says(p:name)
  $p:he says.
  says the $p.child.
story_gift(p:name t:thing q:name)
  $p gives the $t to $q.
  So $p gives the $t to $q.
  $p takes the $t and gives it to $q.
story_owner_now(p:name t:thing)
  Now $p has the $t.
  Now the $t.colour $t is with $p.

food_has(p:name n:number f:food)
  $p has $n $f~n.
  In $p's bag there is~n $n $f~n.
  $p goes to the shop and buys $n $f~n.
food_none(p:name f:food)
  $p has no $f:s.
  $p does not have a $f.
food_gives(p:name n:number f:food q:name)
  $p gives $n $f~n to $q.
  $p takes $n $f~n and gives it~n to $q.
food_left(p:name n:number f:food)
  Now $p has $n $f~n.
food_eats(p:name f:food)
  $p eats (a|the) $f.
  $p eats the $f and likes it.
food_makes(p:name f:food)
  $p wants to eat a $f.
  $p likes $f:s.

pet_sees(p:name a:animal)
  There $p sees a $a.colour $a.
  There is a $a.size $a.colour $a.
  A $a.size $a comes to $p.
  Then $p:he sees a $a. It is $a.size and $a.colour.
pet_is(a:animal)
  The $a is $a.feeling.
  The $a is $a.feeling, and it wants to eat.
  The $a is so $a.feeling.
pet_helps(p:name a:animal f:food)
  $p gives a $f to the $a.
  $p:he has a $f, and $p:he gives it to the $a.
  $p gives the $a a $f.
pet_eats(a:animal f:food)
  The $a eats the $f.
  The $a likes the $f and eats it.
pet_goes_home(p:name a:animal)
  The $a goes home with $p.
  $p takes the $a home.
  The $a wants to be with $p.
pet_sleeps(a:animal)
  At night the $a sleeps $a.spot:in.
  Now the $a is $a.spot:in, and it sleeps.
  The $a is happy now. It sleeps $a.spot:in.
pet_friend(p:name a:animal)
  $p and the $a are friends.
  Now the $a is a good friend.
  The $a and $p play every day.
animal_story(a:animal)
  There is a $a.size $a.colour $a.
  This is a story about a $a. The $a is $a.size and $a.colour.
  A $a.size $a.colour $a wants to find a friend.
  Once there is a $a. It is a $a.size $a.colour $a.
animal_home(a:animal)
  The $a is $a.place:in.
  It is at home $a.place:in.
  The $a sleeps $a.place:in every day.
animal_day(a:animal)
  One day the $a wants to $a.activity.
  It likes to $a.activity and to play.
  One day the $a is (very|so) $a.feeling.
animals_meet(a:animal b:animal)
  The $a sees a $b.colour $b.
  A $b comes. The $b is $b.colour.
  There the $a meets a $b.size $b.
animals_say(a:animal)
  Do you want to play?
  Hello, I am a $a.
  Do you want to be my friend?
say_play_animal(a:animal)
  Yes, I want to play.
  Yes, $a, let us play.
  Hello, $a. Come and play with me.
tail tail_animal(a:animal)
  says the $a.
animals_play(a:animal b:animal)
  The $a and the $b play all day.
  So they (run|jump|play).
  They like to (run|jump|play), and they play all day.
animals_end(a:animal b:animal)
  Now the $a and the $b are friends.
  At night they sleep.
  They are happy, and they are friends.

room_is(p:name)
  This is $p's house.
  $p has a (small|big|good) house.
  Come and see $p's house.
room_thing(t:thing)
  There is a $t $t.spot:in.
  The $t.colour $t is $t.spot:in.
  You can see a $t.colour $t $t.spot:in.
  The $t is $t.spot:in, and it is $t.colour.
room_thing_more(t:thing)
  The $t is $t.size.
  It is a $t.size $t.
room_animal(a:animal)
  A $a.colour $a sleeps $a.spot:in.
  There is a $a.size $a $a.spot:in.
person_likes(p:name)
  $p likes $p.food:s.
  $p:he likes to $p.activity.
  $p:he likes $p.food:s, and $p:he likes to $p.activity.
  $p likes to $p.activity $p.place:in.
person_can(p:name)
  $p:he can $p.activity very well.
  Every day $p wants to $p.activity.
  $p:he is good, and $p:he can $p.activity.
person_friend(p:name q:name)
  $q is $p:his friend.
  $p has a friend. $p:his friend is $q.
  $p:he likes to play with $p:his friend $q.
)";

}  // namespace vitrine::data
