// The full level's further ways to tell, ask and answer facts, and its further kinds of facts.
#include "data/synth/rules/tables.h"

namespace vitrine::data {

const std::string_view kFullFactRules = R"(
part the_thing(t:thing)
  the $t
  the $t.quality $t
part a_thing(t:thing)
  a $t
  a $t.quality $t
  a $t.colour $t
  a $t.material $t
  a $t.quality $t.colour $t
  a $t.quality $t.material $t
  a $t.size $t

tell_has_coloured(p:name t:thing)
  $p owns a $t.colour $t.
  The $t.colour $t belongs to $p.
  $p's $t is $t.colour.
tell_has_sized(p:name t:thing)
  The $t.size $t belongs to $p.
  $p owns a $t.size $t.
tell_has(p:name t:thing)
  The $t belongs to $p.
  There is a $t, and it belongs to $p.
tell_coloured_spot(t:thing)
  A $t.colour $t lies $t.spot:in.
  Somebody has put a $t.colour $t $t.spot:in.
tell_spot(t:thing)
  There is a $t $t.spot:in.
  Somebody has left the $t $t.spot:in.
tell_place(p:name)
  You can meet $p $p.place:in today.
  At the moment $p is $p.place:in.
tell_likes(p:name)
  $p is fond of $p.food:s.
  $p's favourite food is $p.food:s.
tell_animal_spot(a:animal)
  The $a sleeps $a.spot:in.
  The $a is hiding $a.spot:in.
tell_animal_colour(a:animal)
  There is a $a.colour $a.
tell_count_has(p:name n:number f:food)
  $p has bought $n $f~n.
  $p carries $n $f~n in a basket.
tell_count_spot(n:number f:food)
  You can find $n $f~n $f.spot:in.
tell_job(p:name)
  $p is a $p.job.
  $p works as a $p.job.
tell_made_of(t:thing)
  The $t is a $t.material one.
  There is a $t.material $t.
tell_weekday(p:name)
  On $p.weekday $p wants to $p.activity.
  $p plans to $p.activity on $p.weekday.
tell_pastime(p:name)
  $p's hobby is $p.pastime.
  In $p:his free time $p enjoys $p.pastime.
tell_country(p:name)
  $p comes from $p.country.
  $p was born in $p.country.
tell_kin(p:name q:name)
  $p is $q's $p.kin.
  $q has a $p.kin, and the name of the $p.kin is $p.

ask_colour(t:thing)
  Can you tell me what colour the $t is?
  Which colour does the $t have?
ask_owner(t:thing)
  Whose is the $t?
  Who is the owner of the $t?
  Can you tell me who has the $t?
ask_spot(t:thing)
  Can you tell me where the $t is?
  In which spot is the $t?
ask_place(p:name)
  Can you tell me where $p is?
  Where could I meet $p?
ask_count_has(p:name f:food)
  What number of $f:s does $p have?
ask_likes(p:name)
  What is $p's favourite food?
ask_job(p:name)
  What is $p's job?
  What does $p do for a living?
  Do you remember what $p's job is?
ask_who_job(p:name)
  Who is a $p.job?
  Who works as a $p.job?
ask_material(t:thing)
  Which material is used for the $t?
  Of what material is the $t?
ask_weekday(p:name)
  On which day does $p want to $p.activity?
  When does $p plan to $p.activity?
ask_activity(p:name)
  What does $p plan to do on $p.weekday?
  What are $p's plans for $p.weekday?
ask_pastime(p:name)
  What is $p's hobby?
  What does $p enjoy in $p:his free time?
ask_country(p:name)
  Where does $p come from?
  In which country was $p born?
ask_who_country(p:name)
  Who comes from $p.country?
  Who was born in $p.country?
ask_kin(p:name q:name)
  Who is $q's $p.kin?
ask_is_colour(t:thing c:colour)
  Would you say that the $t is $c?
ask_has_thing(p:name t:thing)
  Does the $t belong to $p?
ask_giver(p:name t:thing q:name)
  From whom did $q get the $t?

answer_colour(t:thing)
  It is a $t.colour $t.
  The colour of the $t is $t.colour.
answer_owner(p:name t:thing)
  The $t belongs to $p.
answer_place(p:name)
  You can find $p $p.place:in.
answer_spot(t:thing)
  You can find the $t $t.spot:in.
answer_job(p:name)
  $p is a $p.job.
  $p works as a $p.job.
answer_material(t:thing)
  It is a $t.material $t.
  The $t is a $t.material one.
answer_weekday(p:name)
  $p wants to $p.activity on $p.weekday.
answer_activity(p:name)
  On $p.weekday $p wants to $p.activity.
answer_pastime(p:name)
  $p enjoys $p.pastime.
  $p's hobby is $p.pastime.
answer_country(p:name)
  $p comes from $p.country.
  $p was born in $p.country.
answer_kin(p:name q:name)
  $p is $q's $p.kin.
answer_yes_colour(t:thing)
  Yes, the $t is $t.colour.
  Yes, it is $t.colour.
answer_no_colour(t:thing)
  No, the $t is $t.colour.
  No, it is $t.colour.
answer_yes_in(p:name)
  Yes, $p is $p.place:in.
answer_no_in(p:name)
  No, $p is $p.place:in.
answer_yes_has(p:name t:thing)
  Yes, $p has the $t.
answer_no_has(p:name t:thing)
  No, $p has the $t.

event_gives(p:name t:thing q:name)
  $p hands the $t to $q.
  Then $p makes $q a present of the $t.
  A little later $p gives $q the $t.
event_goes(p:name)
  After a while $p walks $p.place:to.
  Later $p leaves and goes $p.place:to.
event_puts_on(p:name t:thing)
  Then $p leaves the $t $t.spot:in.
  A moment later $p puts the $t $t.spot:in.

compare_two(p:name q:name c:compare)
  $p is $c:more than $q.
  $q is not so $c as $p.
  Everybody knows that $p is $c:more than $q.
ask_most(c:compare)
  Who is the $c:most of the three?
  Which of them is the $c:most?
ask_compare(p:name q:name c:compare)
  Is $p $c:more than $q?
ask_more(p:name q:name c:compare)
  Who is $c:more, $p or $q?
answer_most(p:name c:compare)
  $p is the $c:most.
  The $c:most of them is $p.
answer_more(p:name q:name c:compare)
  $p is $c:more than $q.
answer_compare_yes(p:name q:name c:compare)
  Yes, $p is $c:more than $q.
answer_compare_no(p:name q:name c:compare)
  No, $q is $c:more than $p.
)";

}  // namespace vitrine::data
