// The full level's chats: dialogues of people, advice, shopping, units and sums in further words.
#include "data/synth/rules/tables.h"

namespace vitrine::data {

const std::string_view kFullTalkRules = R"(
speaker(p:name)
  $p:
chat_hello_how(p:name)
  Good $p.daytime, $p! How are you?
  Hello $p, how are you?
  Hi $p! I hope you are well.
chat_answer_how(p:name)
  I am $p.gladness, because today I can $p.activity.
  Well, I have to $p.chore, and after that I am free.
  Thank you, I am $p.gladness today.
  Quite well, thank you, but I have a lot to do.
chat_hello_where(p:name)
  Oh, $p, I did not expect you here.
  Hi $p, what are you doing here?
  Hello $p, where are you going?
chat_answer_where(p:name)
  I am on my way $p.place:to.
  I was $p.place:in just now, and I am on my way home.
  My $p.relative is waiting for me $p.place:in.
  I only wanted to take a walk in the fresh air.
chat_ask_news(p:name)
  Do you know what happened on $p.weekday?
  Have you heard the news?
  Did anything happen while I was in $p.country?
chat_reply_news(p:name)
  Yes, my $p.relative told me about it.
  Yes, there was a $p.event $p.place:in, and it was full of people.
  They say that a $p.job from $p.country has moved here.
  I only know that my $p.relative saw $p.sight.
chat_ask_plan(p:name)
  What are your plans for $p.weekday?
  What will you do on $p.weekday?
  Are you free on $p.weekday?
chat_reply_plan(p:name)
  I want to $p.activity with my $p.relative.
  First I have to $p.chore, and then I will $p.activity.
  My $p.relative and I will go $p.place:to.
  I have a lesson in $p.subject, but in the evening I am free.
  I do not know yet, it depends on the weather.
chat_ask_join(p:name)
  Would you like to $p.activity with me?
  Shall we go $p.place:to together?
  Do you want to come to the $p.event with me?
chat_reply_join(p:name)
  I would rather stay at home today.
  With pleasure, if my $p.relative can come too.
  No, I am too tired for that.
  Yes, that sounds wonderful.
  Perhaps on $p.weekday, when the weather is better.
chat_ask_help(p:name)
  Can you help me to $p.chore?
  Could you show me how to $p.activity?
  I have to $p.chore, and I cannot do it alone.
chat_reply_help(p:name)
  Ask my $p.relative, who can do it better.
  Of course, but not before $p.weekday.
  I am afraid that I have to $p.chore first.
  Gladly, I have nothing else to do.
chat_ask_who(p:name)
  Who could help me with $p.subject?
  Do you know somebody who is good at $p.subject?
  I need help with $p.subject.
chat_reply_who(p:name)
  My $p.relative is good at it.
  Ask our teacher, who has a lot of patience.
  I can help you on $p.weekday.
  I find it hard too, but we could learn together.
chat_ask_hobby(p:name)
  What do you think of $p.pastime?
  Is it true that you have taken up $p.pastime?
  Do you still enjoy $p.pastime?
chat_reply_hobby(p:name)
  To be honest, I like $p.pastime much more.
  Yes, nothing else makes me so happy.
  To be honest, I find it hard.
  My $p.relative likes it, but I would rather $p.activity.
chat_new(p:name t:thing)
  Look, I have bought a $t.quality $t.
  My $p.relative gave me @a_thing(t).
  What do you think of my $t.quality $t?
chat_new_reply(p:name t:thing)
  How $t.quality it is!
  I would like to have such a $t too.
  Where did you get it?
  It must have cost a lot.
  You should show it to my $p.relative, who has one like it.
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
  I must go now, $p, but let us meet again on $p.weekday.
  Then let us meet $p.place:in on $p.weekday.

user_mood(p:name)
  I am $p.grief today.
  I feel $p.grief, and I do not know what to do.
  Today I am a little $p.grief.
  Since $p.weekday I have been $p.grief.
user_glad(p:name)
  I am so $p.gladness today!
  Today I am $p.gladness.
user_mood_good(p:name)
  I feel $p.gladness, because my $p.relative is coming to see me.
  Today I am $p.gladness, for the $p.event is over.
  I am $p.gladness, because I have learned to $p.activity.
bot_mood(p:name)
  I am sorry to hear that. You could $p.advice.
  Then I would $p.advice.
  When people are $p.grief, it often helps to $p.advice.
  That is not easy. Why do you not $p.advice?
bot_glad(p:name)
  I am glad to hear that. What will you do today?
  How nice! What happened?
bot_mood_good(p:name)
  I am glad to hear that. Enjoy the day!
  That is wonderful! What will you do today?
  I am happy for you, and I wish you a nice $p.daytime.
user_mood_today(p:name)
  I want to $p.activity.
  My $p.relative and I will go $p.place:to.
bot_mood_today(p:name)
  Then I hope that the weather will be fine.
  That sounds like a good plan.
user_mood_why(p:name)
  My $p.relative gave me a present.
  I have passed a test in $p.subject.
  I met an old friend $p.place:in.
bot_mood_why(p:name)
  I am happy for you!
  That is good news.
user_mood_quarrel(p:name)
  I had a quarrel with my $p.relative.
  My $p.relative forgot my birthday.
  My $p.relative does not speak to me any more.
bot_mood_quarrel(p:name)
  I understand. Perhaps you can talk to your $p.relative about it.
  Maybe your $p.relative feels $p.grief too.
  A few kind words could help. Your $p.relative may be waiting for them.
user_mood_task(p:name)
  I have a test in $p.subject on $p.weekday.
  I must $p.chore, but I want to $p.activity.
  I have so much to do, and I do not know where to begin.
bot_mood_task(p:name)
  One thing after another. First $p.advice, and then you will see more clearly.
  Take your time, and do the hardest part first.
  Everybody feels like that now and then.
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
user_ask_all()
  Do you know everything?
  Do you know all the answers?
bot_ask_all()
  No, I only know simple things, and I can be wrong.
  No, there is much that I do not know.
user_ask_person()
  Are you a person?
  Am I talking to a human?
bot_ask_person()
  No, I am a language model, but I am happy to talk with you.
  No, I am a program.
user_ask_mistake()
  Can you make mistakes?
  Are you ever wrong?
bot_ask_mistake()
  Yes, I am a program, and I can make mistakes.
  Yes, so it is good to check what I say.
bot_well()
  I am well, thank you. What can I do for you?
  Very well, thank you. How can I help you?

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
trade_has(p:name x:integer f:food)
  In $p's shop there is~x $x $f~x.
  $p has $x $f~x for sale.
  $p takes $x $f~x to the market.
trade_gets(p:name y:integer f:food q:name)
  Then $p buys another $y $f~y.
  $q brings $y $f~y to $p.
  A cart with $y $f~y comes for $p.
trade_loses(p:name y:integer f:food q:name)
  $p sells $y $f~y to $q.
  Before the evening $p sells $y $f~y.
  $p has to throw away $y $f~y.
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
unit_way(p:name x:integer u:unit)
  $p walks $x $u~x.
  $p lives $x $u~x from the town.
unit_length(p:name x:integer u:unit)
  $p's ribbon is $x $u~x long.
  $p wants to measure $x $u~x.
  $p's rope has a length of $x $u~x.
unit_load(p:name x:integer u:unit)
  $p's lorry carries $x $u~x of stone.
  $p has ordered $x $u~x of coal.
unit_mass(p:name x:integer u:unit)
  $p has bought $x $u~x of flour.
  $p's bag weighs $x $u~x.
unit_volume(p:name x:integer u:unit)
  $p has $x $u~x of milk.
  $p pours $x $u~x of water into a barrel.
unit_time(p:name x:integer u:unit)
  $p has $x $u~x left.
  $p needs $x $u~x for the work.
unit_wonders(p:name v:unit)
  How many $v:s is that?
  What is that in $v:s?
shop_greets(p:name)
  Good $p.daytime, what can I do for you?
  Welcome, what would you like?
  Hello $p, nice to see you again.
  Good $p.daytime, $p, how can I help you?
shop_wants(n:number f:food)
  I would like $n $f~n, please.
  Please give me $n $f~n.
  I need $n $f~n today.
  Could I have $n $f~n, please?
shop_also(n:number f:food)
  And I would like $n $f~n, please.
  Then please give me $n $f~n too.
  I also need $n $f~n.
shop_price(f:food x:integer)
  Here they are. One $f costs $x coin~x.
  One $f costs $x coin~x.
  Gladly, one $f costs $x coin~x.
shop_more(d:dishfood)
  Would you like some $d too?
  Our $d is very good today.
  We also have $d.
shop_agrees()
  Good, I will take them.
  That is fine, and that is all.
  All right.
  That is not too much.
shop_no(d:dishfood)
  Not today, thank you.
  No, thank you, I still have some $d at home.
  No, thank you, I do not need any $d.
shop_total(z:integer)
  That is $z coins, please.
  Together that makes $z coins.
  Then I get $z coins from you.
shop_bye(p:name)
  Here is the money.
  Thank you, and have a nice $p.daytime.
  Here you are, and give my regards to your $p.relative.
user_story_mood()
  Thank you, that was a lovely story!
  I liked that.
  What a nice story!
bot_story_mood()
  I am glad that you liked it.
  You can always ask me for another one.
user_story_more()
  Is there more?
  What happened then?
bot_story_more()
  That was all, but I can tell you another one.
  The story ends here, but I know others.
ask_story_job_of(p:name)
  Tell me a story about a $p.job called $p.
  Please write a story in which a $p.job named $p plays a part.
  I would like to hear about $p, the $p.job.
  Can you tell me a story about $p, who is a $p.job?
ask_story_lesson(p:name)
  Tell me a tale about $p which shows that $p.lesson.
  Please tell a story about $p, and let it show that $p.lesson.
  I would like to hear a story about a $p.child called $p, from which one learns that $p.lesson.
  I need a story about a $p.job called $p that teaches that $p.lesson.
)";

}  // namespace vitrine::data
