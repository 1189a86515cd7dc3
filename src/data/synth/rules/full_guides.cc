// The full level's recipes, news, plans and instructions.
#include "data/synth/rules/tables.h"

namespace vitrine::data {

const std::string_view kFullGuideRules = R"(
recipe_title(f:food d:meal)
  Here is how to make $d with $f:s.
  This is my recipe for $d with $f:s.
  Would you like to cook $d with $f:s?
  Today we are going to cook $d with $f:s.
recipe_need(n:number f:food d:dishfood)
  You need $n $f~n and some $d.
  Take $n $f~n and a little $d.
  Buy $n fresh $f~n and some $d.
recipe_rice_need()
  You also need a cup of rice.
  Have a cup of rice ready too.
recipe_rice_step()
  Boil the rice until it is soft, and mix it with the rest.
  Cook the rice slowly, and stir it in.
recipe_curry_need()
  You also need garlic, ginger and a spoonful of curry powder.
recipe_curry_step()
  Fry the garlic and the ginger with the curry powder first, and mix it with the rest.
recipe_goulash_need()
  You also need two spoonfuls of paprika.
recipe_goulash_step()
  Stir in the paprika last.
recipe_pasta_need()
  You also need a packet of noodles.
recipe_pasta_step()
  Boil the noodles until they are soft, and put the rest on top.
recipe_step_first(f:food)
  First wash the $f:s and cut them into small pieces.
  Chop the $f:s and put them into a bowl.
  Wash the $f:s in cold water and slice them.
recipe_savoury(d:dishfood n:number)
  Boil everything for $n minutes, and then stir in the $d.
  Fry them for $n minutes, add a glass of water, and stir in the $d.
  Put them into a pot with a little water, let it boil for $n minutes, and add the $d.
recipe_sweet(d:dishfood n:number)
  Boil them with the $d for $n minutes, and stir all the time.
  Put them into a pot with the $d, and let it boil slowly for $n minutes.
  Mash them with a fork, add the $d, and let it boil for $n minutes.
recipe_taste(e:dishfood)
  Taste it, and perhaps add a little $e.
  If it is too mild, add some $e.
  A little $e makes it better.
recipe_flavour(e:dishfood)
  Add a little $e and taste it.
  A spoonful of $e makes it even better.
recipe_serve(d:dishfood)
  Serve it warm with $d.
  It tastes best with a little $d.
recipe_end(p:name)
  This is enough for $p.several people.
  $p says that nothing tastes better.
  $p's $p.relative invented this recipe.
  $p cooks it every $p.weekday.

news_event(p:name)
  The $p.event of this year took place $p.place:in.
  On $p.weekday many people came to the $p.event $p.place:in.
  The $p.event $p.place:in was a great success.
news_event_bad(p:name)
  In spite of the $p.weather weather many people came to the $p.event $p.place:in.
news_excitement(p:name)
  On $p.weekday there was great excitement $p.place:in.
  Yesterday $p.daytime something strange happened $p.place:in.
news_theft(p:name t:thing)
  $p, a well-known $p.job, reported that @a_thing(t) was missing.
  Somebody had taken @a_thing(t) that belonged to $p, a $p.job from $p.country.
news_found(p:name t:thing)
  A $p.child called $p found the $t $t.spot:in the next day.
  $p, who is a $p.job, found the $t $t.spot:in an hour later.
  In the end a $p.child by the name of $p saw the $t $t.spot:in.
news_prize(p:name)
  The first prize for $p.pastime went to $p, a $p.trait $p.job.
  $p, a $p.job, won a medal for $p.pastime.
  Nobody was better at $p.pastime than $p, a $p.job from $p.country.
news_thanks(p:name)
  The mayor thanked $p, a $p.job, who had cooked $p.meal for all.
  A $p.job called $p had helped for weeks to get everything ready.
news_quote_found(p:name)
  I am very $p.gladness.
  I thought that I would never see it again.
  I will take better care of it now.
  I do not know who took it, and I do not mind any more.
news_quote(p:name)
  I am very $p.gladness.
  I did not expect this.
  Next year I shall take part again.
  Without my $p.relative I could not have done it.
news_more(p:name)
  A $p.job from $p.country gave a talk on $p.subject.
  The visitors saw $p.sight.
  The children were allowed to play until it was dark.
  There was enough $p.meal for everyone.
  After that a band played until late in the evening.
  Later there was dancing, and even the mayor joined in.
news_weather(p:name)
  Tomorrow it will be $p.weather.
  For $p.weekday we expect $p.weather weather.
  The weather will stay $p.weather until $p.weekday.

plan_open(p:name)
  $p has a busy week.
  $p has made a plan for the week.
  These are the things that $p wants to do.
  This is what $p has written in $p:his calendar.
plan_day(p:name)
  On $p.weekday $p:he wants to $p.activity.
  $p:he has to $p.chore on $p.weekday.
  On $p.weekday $p.daytime $p:he goes $p.place:to.
  $p.weekday is the day for $p.pastime.
  On $p.weekday $p:he has a lesson in $p.subject.
  On $p.weekday $p:his $p.relative comes for dinner, so $p:he cooks $p.meal.
  $p:he has promised $p:his $p.relative to $p.chore on $p.weekday.
plan_end(p:name)
  If the weather is $p.weather, $p:he will stay at home instead.
  Only on Sunday does $p:he have time to rest.
  $p is $p.gladness when everything goes well.
  On Sunday $p:he does not want to do anything.

howto_open(t:thing)
  How do you look after a $t?
  A $t can last for years if you look after it.
  Here is some advice for everybody who owns a $t.
  This is how to take care of a $t.
howto_first_garment(t:thing)
  First brush off the dust and look for holes.
  First shake the $t out of the window.
howto_then_garment(t:thing)
  Wash it by hand in warm water with a little soap.
  If there is a stain, put some salt on it and wait for an hour.
  Sew up small holes before they become big ones.
  Let it dry in the shade, for the sun is bad for the colour.
  Do not hang it near the stove.
howto_first_tool(t:thing)
  First wipe off the dirt with an old cloth.
  First take a brush and remove the dirt.
howto_then_tool(t:thing)
  Keep it in a dry place, for water is bad for it.
  Never leave it out in the rain.
  Look at it once a week, and mend what is loose.
  Put it back where it belongs when you have finished.
  If it is broken, take it to somebody who can repair it.
howto_first_dish(t:thing)
  First wash the $t in hot water.
  First rinse it with cold water, and then wash it with soap.
howto_then_dish(t:thing)
  Dry it with a clean towel.
  Remove old stains with a little vinegar.
  Do not let it fall.
  Keep it in the cupboard when you do not need it.
  Never put it away while it is wet.
howto_first_instrument(t:thing)
  First make sure that your hands are clean.
  First wipe the $t with a soft cloth.
howto_then_instrument(t:thing)
  Keep it away from the stove, for heat is bad for it.
  Play it every day, for an instrument wants to be played.
  Ask a musician to look at it once a year.
  Cover it with a cloth at night.
  Never leave it near an open window.
howto_first_device(t:thing)
  First remove the dust with a soft brush.
  First read what is written on the box.
howto_then_device(t:thing)
  Never open it if you do not know how it works.
  Do not let it fall.
  Keep it away from water.
  Show it to a mechanic if it stops working.
  Do not leave it in the sun for a whole day.
howto_first_vehicle(t:thing)
  First wash off the mud with plenty of water.
  First look for scratches and holes.
howto_then_vehicle(t:thing)
  Paint it again every few years.
  Look at it before every journey, and fasten what is loose.
  Cover it in winter.
  Do not put more on it than it can carry.
  Ask somebody to help you if a part is broken.
howto_first_furniture(t:thing)
  First remove the dust with a soft cloth.
  First carry the $t to a place where you can walk around it.
howto_then_furniture(t:thing)
  Keep it out of the sun, or the colour will fade.
  Look at it once a month, and mend what is loose.
  If there is a stain, remove it at once.
  Do not let children jump on it.
  When you move to another house, wrap it in a blanket.
howto_first_keepsake(t:thing)
  First make sure that your hands are clean.
  First remove the dust with a soft brush.
howto_then_keepsake(t:thing)
  Keep it dry, for water is bad for it.
  Do not leave it in the sun, or it will fade.
  Put it back where it belongs when you do not need it.
  Keep it where small children cannot reach it.
  If you have to send it, pack it carefully.
howto_end(t:thing)
  In this way your $t will last a lifetime.
  Do that, and your $t will serve you for years.
  With a little luck the $t will be like new.
  Whoever does all that will be happy with the $t for a long time.
)";

}  // namespace vitrine::data
