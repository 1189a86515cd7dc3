// Knowledge, diaries, letters, recipes, news, riddles, plans and instructions.
#include "data/synth/rules/tables.h"

namespace vitrine::data {

const std::string_view kFullTextRules = R"(
know_animal(a:animal)
  A $a is a $a.group.
  The $a belongs to the $a.group:s.
  Among the $a.group:s there is one called the $a.
know_habitat(a:animal)
  It lives $a.habitat:in.
  You can find it $a.habitat:in.
  Its home is $a.habitat:in.
  The $a is at home $a.habitat:in.
know_diet(a:animal)
  It eats $a.diet:s.
  Its favourite food is $a.diet:s.
  A hungry $a looks for $a.diet:s.
  The $a feeds on $a.diet:s.
know_sound(a:animal)
  A $a can $a.sound.
  When it is excited, it begins to $a.sound.
  You know it by its voice, for it can $a.sound.
know_feature(a:animal)
  It has a $a.feature.
  You recognise it by its $a.feature.
  Nobody can overlook the $a.feature of the $a.
know_child(a:animal p:name)
  $p once saw a $a and was $p.feeling.
  $p would like to keep a $a.
  $p's favourite animal is the $a.
  $p has written a poem about a $a.
ask_know_animal(a:animal)
  What is a $a?
  Tell me something about the $a.
  What do you know about the $a?
ask_habitat(a:animal)
  Where does a $a live?
  Where can you find a $a?
ask_diet(a:animal)
  What does a $a eat?
ask_sound(a:animal)
  Which sound does a $a make?
  What can a $a do with its voice?
say_sound(a:animal)
  A $a can $a.sound.

know_job(p:name j:job)
  A $j is somebody who can $j.work.
  The work of a $j is to $j.work.
  $p is a $j, and so $p has to $j.work.
know_job_tool(j:job)
  For this work a $j needs a $j.tool.
  The most important thing that a $j has is a $j.tool.
  Without a $j.tool a $j can do little.
know_job_trait(j:job)
  You have to be $j.trait to be a $j.
  It helps a $j to be $j.trait.
say_job(j:job)
  A $j is somebody who can $j.work.
  It is the work of a $j to $j.work.
  A $j has to $j.work.
ask_know_job(j:job)
  What does a $j do?
  What is the work of a $j?
  Explain to me what a $j does.
ask_job_tool(j:job)
  What does a $j need?
  Which tool is important for a $j?

know_thing(t:thing)
  A $t is a $t.group.
  The $t is one of the $t.group:s.
know_use(t:thing)
  You can use it to $t.use.
  With a $t you can $t.use.
  People use a $t to $t.use.
  If you want to $t.use, you need a $t.
know_thing_made(t:thing)
  Many $t:s are $t.material.
  Some $t:s are cheap, others are $t.quality.
  If your $t is broken, buy a new one.
  It may be $t.material or $t.quality.
  A $t.quality $t costs more than a $t.colour one.
ask_know_thing(t:thing)
  What is a $t?
  What is a $t for?
  What can I do with a $t?
  Explain to me what a $t is.
ask_need(t:thing)
  I want to $t.use, but how?
  What do I need to $t.use?
  How can I $t.use?
say_need(t:thing)
  You need a $t.
  Take a $t.
  A $t will help you.
know_food(f:food)
  A $f is a $f.group.
  The $f is a $f.group, and it is $f.taste.
  Most $f:s are $f.taste.
know_plant(u:tree)
  The $u is a tree.
  A $u can grow very old.
  In $u.season the $u looks most beautiful.
  Birds like to build their nests in a $u.
know_flower(w:flower)
  The $w is a flower.
  Some $w:s are $w.colour, others are white.
  A $w needs light and water.
  In $w.season you can see $w:s in many gardens.
  On a table a vase with $w:s looks lovely.

diary_date(p:name)
  $p.weekday, $p.daytime.
  $p.month, a $p.weather $p.weekday.
  It is $p.weekday $p.daytime, and I have time to write.
diary_morning(p:name)
  I got up early because I wanted to $p.activity.
  In the morning I had to $p.chore, and then I went $p.place:to.
  The weather was $p.weather, so I stayed $p.place:in.
  I had $p.meal for breakfast and was late for school.
  I dreamed that I could $p.activity like nobody else.
diary_school(p:name)
  We had a test in $p.subject, and I was $p.feeling.
  In $p.subject we talked about $p.country.
  My teacher praised my work in $p.subject.
  I find $p.subject difficult, but $p.pastime is fun.
diary_meet(p:name)
  On the way home I met $p, who was $p.feeling.
  $p came to see me, and we talked about $p.pastime.
  I helped my friend $p to $p.chore.
  My $p.kin $p showed me how to $p.activity.
  $p and I saw $p.sight.
diary_thing(p:name t:thing)
  $p gave me @a_thing(t).
  I found @a_thing(t) $t.spot:in and wonder who lost it.
  I saved all my money and bought @a_thing(t).
  I am so $p.grief because my $t is broken.
diary_end(p:name)
  Now I am $p.feeling and must go to bed.
  Tomorrow I want to $p.activity again.
  I hope that tomorrow will be $p.weather.
  I think that $p.lesson.
  That was a $p.quality day.

letter_dear(p:name)
  Dear $p,
  My dear $p,
  Hello $p,
letter_thanks(p:name t:thing)
  Thank you for the $t.quality $t that you sent me.
  The $t that you gave me stands $t.spot:in now.
  I was $p.feeling when I opened your parcel and saw @a_thing(t).
letter_news(p:name)
  Here in $p.country it is $p.weather, and every $p.daytime we $p.activity.
  Since $p.month I have had lessons in $p.subject.
  My $p.relative has learned to $p.activity.
  Last $p.weekday there was a $p.event in our town.
  I have a new hobby, and it is $p.pastime.
  On $p.weekday we went $p.place:to, and it smelled of $p.meal there.
  I often think of the day when we saw $p.sight.
letter_ask(p:name)
  How is your $p.relative?
  Do you still enjoy $p.pastime?
  When will you come to see us?
  Could you help me with $p.subject?
  Is it $p.weather where you live?
letter_invite(p:name)
  Please come to our $p.event on $p.weekday.
  In $p.season we could $p.activity together.
  You can sleep in the room next to the $p.quality kitchen.
letter_end(p:name)
  With best wishes, your $p.
  Your friend $p.
  Love from $p.
  Yours, $p.

recipe_title(f:food d:meal)
  Here is how to make $d with $f:s.
  This is my recipe for $d with $f:s.
  Would you like to cook $d with $f:s?
recipe_need(n:number f:food d:dishfood)
  You need $n $f~n and some $d.
  Take $n $f~n and a cup of $d.
  Buy $n fresh $f~n and a little $d.
recipe_step_first(f:food)
  First wash the $f:s and cut them into small pieces.
  Peel the $f:s with a sharp knife.
  Chop the $f:s and put them into a bowl.
recipe_step_mix(d:dishfood n:number)
  Now mix everything with the $d and wait for half an hour.
  Stir in the $d, and let it boil for $n minutes.
  Pour the $d over it and leave it in the oven for $n minutes.
recipe_step_taste(e:dishfood)
  Add a little $e and taste it.
  If it is too mild, add more $e.
  A spoonful of $e makes it better.
recipe_end(p:name)
  Serve it warm, and do not forget the $p.dishfood.
  This is enough for $p.several people.
  $p says that nothing tastes better.
  $p's $p.relative invented this recipe.

news_open(p:name)
  Yesterday $p.daytime there was great excitement $p.place:in.
  On $p.weekday the people of the town met $p.place:in.
  The $p.event of this year took place $p.place:in.
  In spite of the $p.weather weather many people came to the $p.event.
news_theft(p:name t:thing)
  Somebody had taken @a_thing(t) that belonged to $p, a well-known $p.job.
  $p, a $p.job, reported that @a_thing(t) was missing.
news_found(p:name t:thing)
  A $p.child called $p found the $t $t.spot:in.
  $p, who is a $p.job, noticed the $t $t.spot:in.
news_prize(p:name)
  The first prize for $p.pastime went to $p, a $p.trait $p.job.
  $p won a medal for $p.pastime.
  The mayor thanked $p, who had cooked $p.meal for all.
news_quote(p:name)
  I am very $p.gladness.
  We did not expect this.
  Next year I shall $p.activity again.
  Without my $p.relative I could not have done it.
news_more(p:name)
  A $p.job from $p.country gave a talk on $p.subject.
  Some visitors saw $p.sight.
  Children were allowed to $p.activity.
  There was enough $p.meal for everyone.
  After that a band played until late in the $p.daytime.
news_weather(p:name)
  Tomorrow it will be $p.weather in the $p.daytime.
  For $p.weekday we expect $p.weather weather.
  In $p.country it will stay $p.weather.

riddle_animal(a:animal)
  I have a $a.feature.
  You recognise me by my $a.feature.
  Everybody admires my $a.feature.
riddle_line(a:animal)
  I live $a.habitat:in.
  I like to eat $a.diet:s.
  I can $a.sound.
  People say that I am a $a.group.
riddle_job(j:job)
  I know how to $j.work. Every day I need a $j.tool.
  I carry a $j.tool with me. With it I $j.work.
  It is my work to $j.work, and I never go without my $j.tool.
riddle_thing(t:thing)
  You can use me to $t.use. Some of us are $t.material, others are $t.colour.
  I am a $t.group. People take me to $t.use.
  Without me it is hard to $t.use. I am a $t.group.
riddle_ask()
  What am I?
  Who am I?
  Can you guess what I am?
riddle_answer_animal(a:animal)
  You are a $a.
  I think you are a $a.
  The answer is a $a.
riddle_answer_job(j:job)
  You are a $j.
  The answer is a $j.
riddle_answer_thing(t:thing)
  You are a $t.
  The answer is a $t.
riddle_intro()
  Let us play a game.
  I have a riddle for you.
  Can you solve a riddle?
riddle_right()
  That is right!
  Well done!
  Yes, you have guessed it.

plan_open(p:name)
  $p has a busy week.
  $p has made a plan for the week.
  These are the things that $p wants to do.
plan_day(p:name)
  On $p.weekday $p:he wants to $p.activity.
  $p:he has to $p.chore on $p.weekday.
  On $p.weekday $p.daytime $p:he goes $p.place:to.
  $p.weekday is the day for $p.pastime.
  On $p.weekday $p:he has a lesson in $p.subject.
  On $p.weekday $p:his $p.relative comes for dinner, so $p:he cooks $p.meal.
plan_end(p:name)
  If the weather is $p.weather, $p:he will stay at home instead.
  Only on Sunday $p:he has time to rest.
  $p is $p.feeling when everything goes well.

howto_open(t:thing)
  How do you mend a $t.quality $t?
  A $t can last for years if you look after it.
  Here is some advice for everybody who owns a $t.
howto_first(t:thing)
  First put the $t $t.spot:in.
  First take the $t and look at it closely.
  Begin with a soft cloth and a little water.
howto_step(p:name t:thing)
  Then clean the $t (carefully|gently|slowly|patiently) and wait for $p.several hours.
  Do not paint the $t before it is dry.
  Ask a $p.job if you are not sure.
  Keep it $p.place:in when the weather is $p.weather.
  After that you should clean it once a week.
  On every $p.weekday you should have a look at it.
  If it gets dirty, wash it with soap and warm water.
howto_end(t:thing)
  In this way your $t will last a lifetime.
  Do that, and your $t will stay clean.
  Now you can use the $t to $t.use.
  With a little luck the $t will be like new.

place_open(l:place)
  Have you ever been $l:in?
  Let me tell you what it is like $l:in.
  I often think of the hours that I spent $l:in.
place_thing(t:thing)
  There is @a_thing(t) $t.spot:in.
  You see @a_thing(t) there, and nobody knows who left it.
  On the left stands @a_thing(t).
  In a corner there is @a_thing(t).
place_person(p:name)
  In the $p.daytime $p likes to $p.activity there.
  A $p.job called $p comes every $p.weekday.
  You may meet $p there, who always talks about $p.pastime.
  Two people with $p.hair hair sit there and wait.
place_nature(w:flower u:tree)
  Outside there are $w:s, and a $u gives some shade.
  Somebody has planted $w:s under the $u.
  From the window you can see a $u.
place_air(p:name)
  It is $p.weather there and smells of $p.dishfood.
  From far away you can hear somebody $p.activity.
  In $p.season it is very quiet.
  When it is $p.weather, hardly anybody comes.
place_sight(p:name)
  With luck you can see $p.sight.
  Once I saw $p.sight there.

portrait_open(p:name)
  $p is a $p.trait $p.job from $p.country.
  Do you know $p?
  Let me tell you about $p, my $p.kin.
  $p lives next door and works as a $p.job.
past_job_of(p:name)
  All day long $p:he has to $p.work.
  It is $p:his job to $p.work.
  $p knows how to $p.work.
portrait_looks(p:name)
  $p has $p.hair hair and a scar on $p:his $p.body.
  You know $p by $p:his $p.hair hair and $p:his $p.colour coat.
  $p is $p.compare, with $p.hair hair.
portrait_likes(p:name)
  $p:he loves $p.pastime and cannot stand $p.meal.
  When $p:he was at school, $p:his best subject was $p.subject.
  $p:he likes nothing better than to $p.activity.
  In $p.season $p:he goes to $p.country with $p:his $p.relative.
  So $p.trait as $p:he is, $p:he finds friends everywhere.
portrait_habit(p:name)
  Every $p.daytime $p:he likes to $p.activity $p.place:in.
  On $p.weekday you can see $p:him $p.place:in.
  When $p:he is $p.feeling, $p:he begins to $p.activity.
portrait_owns(p:name t:thing)
  $p:he is proud of $p:his $t.quality $t.
  In $p:his room there is @a_thing(t).
  $p:he collects $t:s of all colours.
)";

}  // namespace vitrine::data
