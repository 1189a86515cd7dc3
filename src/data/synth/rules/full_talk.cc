// The full level's chats: dialogues of people, advice, shopping, units and sums in further words.
#include "data/synth/rules/tables.h"

namespace vitrine::data {

const std::string_view kFullTalkRules = R"(
speaker(p:name)
  $p:
chat_hello(p:name)
  Good $p.daytime, $p!
  Hello $p, how are you?
  Oh, $p, I did not expect you here.
  Hi $p, what are you doing here?
chat_answer(p:name)
  I am $p.gladness, because today I can $p.activity.
  Well, I have to $p.chore, and after that I am free.
  Thank you, I am $p.gladness today.
  I am on my way $p.place:to.
  I was $p.place:in just now.
chat_ask_news(p:name)
  Do you know what happened on $p.weekday?
  Have you heard the news?
  Did anything happen while I was in $p.country?
chat_reply_news(p:name)
  Yes, my $p.relative told me about it.
  No, but I saw $p.sight yesterday.
  There was a $p.event $p.place:in, and it was full of people.
  They say that a $p.job from $p.country has moved here.
chat_ask_plan(p:name)
  What are your plans for $p.weekday?
  What will you do on $p.weekday?
  Are you free on $p.weekday?
chat_reply_plan(p:name)
  I want to $p.activity $p.place:in.
  First I have to $p.chore, and then I will $p.activity.
  My $p.relative and I will go $p.place:to.
  I have a lesson in $p.subject, but in the $p.daytime I am free.
chat_ask_join(p:name)
  Would you like to $p.activity with me?
  Shall we go $p.place:to together?
  Do you want to come to the $p.event with me?
chat_reply_join(p:name)
  I would rather $p.activity.
  With pleasure, if my $p.relative can come too.
  No, I am too $p.grief for that.
  Yes, that sounds wonderful.
  Perhaps on $p.weekday, when the weather is better.
chat_ask_help(p:name)
  Can you help me to $p.chore?
  Could you show me how to $p.activity?
  Who could help me with $p.subject?
chat_reply_help(p:name)
  Ask my $p.relative, who can do it better.
  Of course, but not before $p.weekday.
  I am afraid that I have to $p.chore first.
  Gladly, I have nothing else to do.
chat_ask_hobby(p:name)
  What do you think of $p.pastime?
  Is it true that you have taken up $p.pastime?
  Do you still enjoy $p.pastime?
chat_reply_hobby(p:name)
  I like $p.pastime much more.
  Yes, nothing makes me so $p.gladness.
  To be honest, I find it hard.
  My $p.relative likes it, but I would rather $p.activity.
chat_new(p:name t:thing)
  Look, I have bought a $t.quality $t.
  My $p.relative gave me @a_thing(t).
  What do you say to my $t.quality $t?
chat_new_reply(p:name t:thing)
  How $t.quality it is!
  I would like to have such a $t too.
  What do you want to do with it?
  It must have cost a lot.
  Show it to my $p.relative, who collects $t:s.
chat_lost(p:name t:thing)
  By the way, have you seen my $t?
  I cannot find my $t.
  Do you know where my $t.quality $t could be?
chat_lost_reply(p:name t:thing)
  I saw a $t $t.spot:in.
  Perhaps it is $t.spot:in.
  You should ask my $p.relative.
  No, but you can have mine until $p.weekday.
chat_bye_answer(p:name)
  Goodbye, $p, and take care.
  See you then.
  Until then, $p.
  All right, goodbye.
chat_bye(p:name)
  Goodbye, $p, see you on $p.weekday.
  I must go now, $p.
  Then let us meet $p.place:in.
  See you soon, $p.
  Give my best wishes to your $p.relative.

user_mood(p:name)
  I am $p.grief today.
  I feel $p.grief, and I do not know what to do.
  Today I am a little $p.grief.
  Since $p.weekday I have been $p.grief.
user_mood_good(p:name)
  I am so $p.gladness today!
  I feel $p.gladness, because it is $p.weekday.
  Today I am $p.gladness, for the $p.event is over.
bot_mood(p:name)
  I am sorry to hear that. You could $p.advice.
  Then I would $p.advice.
  When people are $p.grief, it often helps to $p.advice.
  Why do you not $p.advice?
bot_mood_good(p:name)
  I am glad to hear that. Now would be a good time to $p.activity.
  That is wonderful! Will you $p.activity today?
  How nice! What happened?
user_mood_more(p:name)
  I had a quarrel with my $p.relative.
  My $p.relative forgot my birthday.
  I have a test in $p.subject on $p.weekday.
  I must $p.chore, but I want to $p.activity.
bot_mood_more(p:name)
  I understand. Perhaps you can talk to your $p.relative about it.
  Take your time, and then $p.advice.
  One thing after another. First $p.advice, and then you will see more clearly.
  Everybody feels $p.grief now and then.
user_try()
  That is a good idea.
  I will try that.
  Thank you, I feel better now.
bot_try()
  I hope that it helps.
  Let me know how it goes.
  I am glad that I could help.
bot_can()
  I can tell stories, answer questions about what you tell me, and do sums with a calculator.
  You can ask me for a story, for a sum, or for a fact.
bot_name()
  My name is Vitrine, and I am a small language model.
  I am Vitrine, a model that learned from made-up stories.
user_true()
  Do you know everything?
  Are you a person?
  Can you make mistakes?
bot_true()
  No, I only know simple things, and I can be wrong.
  I am a program, and I can make mistakes.
  No, I am a language model, but I am happy to talk with you.

ask_divide(x:integer y:integer)
  What is $x divided by $y?
  What is $x / $y?
  How often does $y go into $x?
say_divide(x:integer y:integer z:integer)
  $x divided by $y is $z.
  $x / $y is $z.
ask_plus(x:integer y:integer)
  Please add $x and $y.
  What do I get if I add $y to $x?
  What is the sum of $x and $y?
ask_minus(x:integer y:integer)
  Take $y away from $x.
  What is left of $x if I take $y away?
  What is the difference between $x and $y?
ask_times(x:integer y:integer)
  Please multiply $x by $y.
  What is the product of $x and $y?
say_plus(x:integer y:integer z:integer)
  The sum of $x and $y is $z.
say_minus(x:integer y:integer z:integer)
  The difference between $x and $y is $z.
say_times(x:integer y:integer z:integer)
  The product of $x and $y is $z.
sum_gets(p:name y:integer f:food q:name)
  $q has $y $f~y too many and gives them to $p.
  Then $p picks $y $f~y $p.place:in.
  On $p.weekday $p buys another $y $f~y.
sum_loses(p:name y:integer f:food q:name)
  $p uses $y $f~y for a cake.
  On the way home $p loses $y $f~y.
  $p sells $y $f~y to $q.
sum_has(p:name x:integer f:food)
  $p, a $p.job, owns $x $f~x.
  In $p's basket there is~x $x $f~x.
share_asks(p:name x:integer f:food y:integer)
  $p wants to share $x $f:s among $y friends. How many $f:s does each of them get?
  $x $f:s are put into $y bags. How many $f:s are in each bag?
  $y children share $x $f:s. How many $f:s does each child get?
share_answer(z:integer f:food)
  There is~z $z $f~z for each of them.
  Each gets $z $f~z.
  There is~z $z $f~z for each.
price_tells(f:food x:integer)
  One $f costs $x coin~x.
price_asks(x:integer f:food y:integer g:food)
  How much do $x $f~x and $y $g~y cost?
  What do I have to pay for $x $f~x and $y $g~y?
price_answer(z:integer)
  That is $z coins in all.
  They cost $z coins.
  You have to pay $z coins.
unit_asks(x:integer u:unit v:unit)
  How many $v:s is~x $x $u~x?
  Can you convert $x $u~x to $v:s?
  $x $u~x, how much is that in $v:s?
unit_answer(x:integer u:unit z:integer v:unit)
  $x $u~x is~x $z $v~z.
  That makes $z $v~z.
unit_length(p:name x:integer u:unit)
  $p's ribbon is $x $u~x long.
  $p wants to measure $x $u~x.
unit_mass(p:name x:integer u:unit)
  $p has ordered $x $u~x of flour.
unit_volume(p:name x:integer u:unit)
  $p has $x $u~x of milk.
unit_time(p:name x:integer u:unit)
  $p has $x $u~x left.
  $p needs $x $u~x for the work.
unit_wonders(p:name v:unit)
  How many $v:s is that?
  What is that in $v:s?
then_asks(u:unit v:unit)
  How many $v:s are there in a $u?
shop_greets(p:name)
  Good $p.daytime, what can I do for you?
  Welcome, what would you like?
  Hello $p, nice to see you again.
shop_wants(n:number f:food)
  I would like $n $f~n, please.
  Do you have $n fresh $f~n for me?
  Please give me $n $f~n.
shop_price(f:food x:integer)
  One $f costs $x coin~x.
shop_more(d:dishfood)
  Would you like some $d too?
  Our $d is very good today.
  We also have fresh $d.
shop_agrees()
  Good, I will take that.
  That is fine.
  All right.
shop_no(d:dishfood)
  Not today, thank you.
  No, thank you, I still have $d at home.
  No, thank you, $d makes me ill.
shop_total(z:integer)
  That is $z coins, please.
  Together that makes $z coins.
shop_bye(p:name)
  Here is the money.
  Thank you, and have a nice $p.daytime.
  Goodbye, and give my regards to your $p.relative.
user_story_mood()
  Thank you, that was a lovely story!
  I liked that.
  Is there more?
bot_story_mood()
  I am glad that you liked it.
  You can always ask me for another one.
  That was all, but I can tell you another one.
ask_story_job_of(p:name)
  Tell me a story about a $p.job called $p.
  Please write a story in which a $p.job named $p plays a part.
ask_story_lesson(p:name)
  Tell me a tale about $p which shows that $p.lesson.
  I would like to hear about $p, the $p.job.
user_teaches(p:name)
  Did you know that $p works as a $p.job?
)";

}  // namespace vitrine::data
