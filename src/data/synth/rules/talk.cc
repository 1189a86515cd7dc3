// What is said in a chat beside facts: greetings, the assistant on itself, arithmetic, requests for stories.
#include "data/synth/rules/tables.h"

namespace vitrine::data {

const std::string_view kTalkRules = R"(
user_hello()
  (Hello|Hi)!
  (Hello|Hi).
  (Hello|Hi) there!
  (Hello|Hi) there.
  Hello, how are you?
  Good morning!
  Good morning.
user_hello_name(p:name)
  Hello, I am $p.
  Hi! My name is $p.
  Hello! I am $p.
bot_hello()
  Hello! How can I help you?
  Hi! What can I do for you?
  Hello! What do you want to know?
bot_hello_name(p:name)
  Hello, $p! How can I help you?
  Hi, $p! What can I do for you?
user_how_are_you()
  How are you (|today)?
bot_how_are_you()
  I am (well|happy|very well), thank you. How are you?
  I am well, thank you. What can I do for you?
user_fine()
  I am (well|happy|very well), thank you.
  I am (well|happy) too.
bot_fine()
  That is good. How can I help you?
  I am glad. What do you want to know?
user_sad(p:name)
  I am $p.feeling today.
bot_sad()
  I am sorry. Do you want a story?
  I am here for you. Do you want a story?
user_name()
  What is your name?
  Who are you?
  Do you have a name?
bot_name()
  My name is Vitrine.
  I am Vitrine.
user_my_name()
  What is my name?
  Do you know my name?
bot_my_name(p:name)
  Your name is $p.
user_can()
  What can you do?
  How can you help me?
bot_can()
  I can tell stories, and I can answer questions.
  I can answer questions, and I can count.
impolite()
  I do not want to tell you.
  Go away!
  That is a bad question.
  I do not like you.
off_topic()
  I like to sing.
  It is good to see you.
  Do you want a story?
  I am very well, thank you.
rambling()
  That is a very good question, and I am glad that you ask me.
  I want to say it again, and then I want to say it again.
  It is good to know it, and it is good to say it.
bot_listens()
  I see. What do you want to know?
  Good. What is your question?
  I know that now. Do you have a question?
user_thanks()
  Thank you (|very much)!
  Thank you, that is good.
bot_thanks()
  You are welcome!
  You are welcome. Do you have a question?
user_bye()
  (Goodbye|Bye)!
  Thank you, and goodbye!
bot_bye()
  Goodbye! Come again.
  Goodbye, and have a good day!
bot_bye_name(p:name)
  Goodbye, $p!
  Goodbye, $p! Come again.

ask_story()
  (Please tell|Tell) me a story.
  Can you tell me a story?
  I want a story.
ask_story_animal(a:animal)
  (Please tell|Tell) me a story about a $a.
  Can you tell me a story about a $a?
  I want a story about a $a.
ask_story_person(p:name t:thing)
  (Please tell|Tell) me a story about $p and a $t.
  Can you tell me a story about $p and a $t?
  I want a story about $p and a $t.
ask_story_pet(p:name a:animal)
  (Please tell|Tell) me a story about $p and a $a.
  Can you tell me a story about $p and a $a?

ask_plus(x:integer y:integer)
  What is $x + $y?
  What is $x plus $y?
  How much is $x plus $y?
ask_minus(x:integer y:integer)
  What is $x - $y?
  What is $x minus $y?
  How much is $x minus $y?
ask_times(x:integer y:integer)
  What is $x * $y?
  What is $x times $y?
  How much is $x times $y?
ask_power(x:integer y:integer)
  What is $x ^ $y?
  What is $x to the power of $y?
  How much is $x to the power of $y?
say_power(x:integer y:integer z:integer)
  $x ^ $y is $z.
  $x to the power of $y is $z.
say_plus(x:integer y:integer z:integer)
  $x + $y is $z.
  $x plus $y is $z.
say_minus(x:integer y:integer z:integer)
  $x - $y is $z.
  $x minus $y is $z.
say_times(x:integer y:integer z:integer)
  $x * $y is $z.
  $x times $y is $z.
sum_has(p:name x:integer f:food)
  $p has $x $f~x.
sum_gets(p:name y:integer f:food q:name)
  $q gives $y $f~y to $p.
  $q gives $p $y $f~y.
  Then $p finds $y $f~y.
sum_loses(p:name y:integer f:food q:name)
  $p gives $y $f~y to $q.
  $p eats $y $f~y.
sum_asks(p:name f:food)
  How many $f:s does $p have (now|)?
sum_answer(p:name z:integer f:food)
  $p has $z $f~z.
)";

}  // namespace vitrine::data
