// Facts told, asked for and answered, and events that change them.
#include "data/synth/rules/tables.h"

namespace vitrine::data {

const std::string_view kFactRules = R"(
tell_has_coloured(p:name t:thing)
  $p has a $t.colour $t.
tell_has_sized(p:name t:thing)
  $p has a $t.size $t.
tell_colour(t:thing)
  The $t is $t.colour.
tell_size(t:thing)
  The $t is $t.size.
tell_has(p:name t:thing)
  $p has the $t.
  $p has a $t.
tell_spot(t:thing)
  The $t is $t.spot:in.
tell_coloured_spot(t:thing)
  The $t.colour $t is $t.spot:in.
  There is a $t.colour $t $t.spot:in.
tell_place(p:name)
  $p is $p.place:in.
tell_likes(p:name)
  $p likes $p.food:s.
tell_animal_colour(a:animal)
  The $a is $a.colour.
tell_animal_size(a:animal)
  The $a is $a.size.
tell_animal_spot(a:animal)
  The $a is $a.spot:in.
tell_count_spot(n:number f:food)
  There is~n $n $f~n $f.spot:in.
tell_count_has(p:name n:number f:food)
  $p has $n $f~n.

ask_colour(t:thing)
  What colour is the $t?
  What is the colour of the $t?
  Do you know what colour the $t is?
ask_size(t:thing)
  Is the $t big or small?
ask_owner(t:thing)
  Who has the $t?
  Do you know who has the $t?
ask_has(p:name)
  What does $p have?
ask_spot(t:thing)
  Where is the $t?
  Do you know where the $t is?
  Where can I find the $t?
ask_place(p:name)
  Where is $p?
  Do you know where $p is?
ask_who_place(p:name)
  Who is $p.place:in?
ask_likes(p:name)
  What does $p like?
ask_who_likes(p:name)
  Who likes $p.food:s?
ask_animal_colour(a:animal)
  What colour is the $a?
  Do you know what colour the $a is?
ask_animal_size(a:animal)
  Is the $a big or small?
ask_animal_spot(a:animal)
  Where is the $a?
  Do you know where the $a is?
ask_count_spot(f:food)
  How many $f:s are there $f.spot:in?
ask_count_has(p:name f:food)
  How many $f:s does $p have?
ask_giver(p:name t:thing q:name)
  Who gives the $t to $q?
ask_is_colour(t:thing c:colour)
  Is the $t $c?
ask_is_in(p:name l:place)
  Is $p $l:in?
ask_has_thing(p:name t:thing)
  Does $p have the $t?

ask_again()
  Please say it again.
  Can you say it again?
ask_about_person(p:name)
  What do you know about $p?
  Tell me about $p.
ask_about_thing(t:thing)
  What do you know about the $t?
  Tell me about the $t.

answer_colour(t:thing)
  The $t is $t.colour.
answer_size(t:thing)
  The $t is $t.size.
answer_owner(p:name t:thing)
  $p has the $t.
answer_spot(t:thing)
  The $t is $t.spot:in.
answer_place(p:name)
  $p is $p.place:in.
answer_likes(p:name)
  $p likes $p.food:s.
answer_animal_colour(a:animal)
  The $a is $a.colour.
answer_animal_size(a:animal)
  The $a is $a.size.
answer_animal_spot(a:animal)
  The $a is $a.spot:in.
answer_count_spot(n:number f:food)
  There is~n $n $f~n $f.spot:in.
answer_count_has(p:name n:number f:food)
  $p has $n $f~n.
answer_giver(p:name t:thing q:name)
  $p gives the $t to $q.

event_gives(p:name t:thing q:name)
  $p gives the $t to $q.
  Now $p gives the $t to $q.
event_goes(p:name)
  $p goes $p.place:to.
  Now $p goes $p.place:to.
event_puts_on(p:name t:thing)
  $p puts the $t $t.spot:in.
  Now $p puts the $t $t.spot:in.
now_has(p:name t:thing)
  Now $p has the $t.
now_place(p:name)
  Now $p is $p.place:in.
now_spot(t:thing)
  Now the $t is $t.spot:in.
)";

}  // namespace vitrine::data
