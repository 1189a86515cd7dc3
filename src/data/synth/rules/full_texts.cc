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
  You can buy $t.material $t:s.
  Some $t:s are cheap, others are expensive.
  A new $t costs more than an old one.
  There are $t.material $t:s, and they last for years.
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
  A $f is a $f.group, and it is $f.taste.
  The $f is a $f.group, and it is $f.taste.
  A good $f is $f.taste.
know_food_more(f:food)
  You can buy $f:s at the market.
  Many people like to eat $f:s.
  If you want to have a $f, you can get one at the market.
know_plant(u:tree)
  The $u is a tree.
  A $u can grow very old.
  In $u.season the $u looks most beautiful.
  Birds like to build their nests in a $u.
  On hot days people like to sit under a $u.
know_flower(w:flower)
  The $w is a flower.
  Most $w:s are $w.colour.
  A $w needs light and water.
  In $w.season you can see $w:s in many gardens.
  A vase with $w:s looks lovely on a table.

diary_date(p:name)
  $p.weekday, $p.daytime.
  $p.month, a $p.weather $p.weekday.
  It is $p.weekday $p.daytime, and I have time to write.
diary_morning(p:name)
  I got up early because I wanted to $p.activity.
  Today I had to $p.chore, and then I went $p.place:to.
  The weather was $p.weather, so I stayed at home after lunch.
  I dreamed that I could $p.activity like nobody else.
  I had $p.meal for breakfast.
diary_school(p:name)
  We had a test in $p.subject, and I was $p.feeling.
  In $p.subject I could answer every question.
  My teacher praised my work in $p.subject.
  I find $p.subject difficult, but $p.pastime is fun.
  In the break we talked about $p.pastime.
diary_free(p:name)
  There was no school today, so I had time to $p.activity.
  My $p.relative and I went $p.place:to.
  In the afternoon my $p.relative cooked $p.meal.
diary_meet(p:name)
  On the way home I met $p, who was $p.feeling.
  $p came to see me, and we talked about $p.pastime.
  I helped my friend $p to $p.chore.
  My $p.kin $p showed me how to $p.activity.
  In the evening $p and I saw $p.sight.
diary_thing(p:name t:thing)
  $p gave me @a_thing(t).
  I saved all my money and bought @a_thing(t).
  I am so sad because I have lost my $t.
  I showed $p my $t, and $p:he liked it.
diary_found(t:thing)
  I found @a_thing(t) $t.spot:in and wonder who lost it.
diary_end(p:name)
  Now I am tired and must go to bed.
  Tomorrow I want to $p.activity.
  I hope that tomorrow will be $p.weather.
  I think that $p.lesson.
  That was a $p.quality day.
  I wonder what tomorrow will bring.

letter_dear(p:name)
  Dear $p,
  My dear $p,
  Hello $p,
letter_open(p:name)
  How are you?
  I hope that you are well.
  It is a long time since I wrote to you.
  At last I have time to write to you.
letter_thanks(p:name t:thing)
  Thank you for the $t.quality $t that you sent me.
  The $t that you gave me is $t.spot:in now, where I can see it.
  I was very happy when I opened your parcel and saw the $t.
letter_weather(p:name)
  Here in $p.country it is $p.weather.
  In $p.month it is often $p.weather here in $p.country.
  The weather is $p.weather here, but that is normal for $p.month.
letter_news(p:name)
  Since $p.month I have had lessons in $p.subject.
  My $p.relative has learned to $p.activity.
  Last $p.weekday there was a $p.event in our town.
  I have a new hobby, and it is $p.pastime.
  On $p.weekday we went $p.place:to.
  My $p.relative often asks about you.
  I often think of the day when we saw $p.sight.
letter_ask(p:name)
  How is your $p.relative?
  Do you still enjoy $p.pastime?
  When will you come to see us?
  Could you help me with $p.subject?
  What is the weather like where you live?
letter_invite(p:name)
  Please come to our $p.event on $p.weekday.
  In $p.season we could $p.activity together.
  You can sleep in the room next to the kitchen.
letter_end(p:name)
  With best wishes, $p.
  Your friend $p.
  Love from $p.
  Yours, $p.

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

place_open(l:place)
  Have you ever been $l:in?
  Let me tell you what it is like $l:in.
  I often think of the hours that I spent $l:in.
  This is what you can see $l:in.
place_thing(t:thing)
  There is @a_thing(t) $t.spot:in.
  You see @a_thing(t) there, and nobody knows who left it.
  In a corner there is @a_thing(t).
place_bench(p:name)
  There is a bench where $p.several people can sit.
  On the left there is a fence, and on the right there is a path.
  A small path leads to a gate.
place_person(p:name)
  In the $p.daytime $p likes to $p.activity there.
  A $p.job called $p comes every $p.weekday.
  You may meet $p there, who always talks about $p.pastime.
  Two people with $p.hair hair sit there and wait.
place_nature(w:flower u:tree)
  There are $w:s, and a $u gives some shade.
  Somebody has planted $w:s under the $u.
  An old $u stands there, and in its shadow grow some $w:s.
place_window(u:tree)
  From the window you can see a $u.
  The window is big, and in front of it stands an old $u.
place_air(p:name)
  From far away you can hear somebody $p.activity.
  In $p.season it is very quiet.
  When it is $p.weather, hardly anybody comes.
place_air_indoors(p:name)
  It is warm there and smells of $p.dishfood.
  It is quiet there, but sometimes you can hear somebody $p.activity.
  When it is $p.weather outside, it is full of people.
place_sight(p:name)
  With luck you can see $p.sight from there.
  Once I saw $p.sight from there.
place_secret(p:name)
  People say that there is $p.sight, but I have never found it.
  Once I saw $p.sight there.

portrait_open(p:name)
  $p is a $p.trait $p.job from $p.country.
  Do you know $p, the $p.job?
  Let me tell you about $p, my $p.kin.
  $p lives next door and works as a $p.job.
past_job_of(p:name)
  All day long $p:he has to $p.work.
  It is $p:his job to $p.work.
  $p knows how to $p.work.
portrait_looks(p:name)
  $p has $p.hair hair and a scar on $p:his $p.body.
  You know $p by $p:his $p.hair hair and $p:his $p.colour coat.
  $p is $p.compare and has $p.hair hair.
portrait_likes(p:name)
  $p:he loves $p.pastime and cannot stand $p.meal.
  When $p:he was at school, $p:his best subject was $p.subject.
  $p:he likes nothing better than to $p.activity.
  In $p.season $p:he goes to $p.country with $p:his $p.relative.
portrait_friends(p:name)
  As $p:he is so $p.trait, $p:he finds friends everywhere.
  $p:he is $p.trait, and so everybody likes $p:him.
  People say that nobody is so $p.trait as $p:he is.
portrait_habit(p:name)
  Every $p.weekday $p:he likes to $p.activity.
  On $p.weekday you can see $p:him $p.place:in.
  In the $p.daytime $p:he takes a walk $p.place:to.
portrait_mood(p:name)
  When $p:he is $p.gladness, $p:he begins to $p.activity.
portrait_owns(p:name t:thing)
  $p:he is proud of $p:his $t.quality $t.
  In $p:his room there is @a_thing(t).
  $p:he collects $t:s.
)";

}  // namespace vitrine::data
