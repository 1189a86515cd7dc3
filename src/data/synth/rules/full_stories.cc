// The sentences of the full level's stories, told in the past.
#include "data/synth/rules/tables.h"

namespace vitrine::data {

const std::string_view kFullStoryRules = R"(
past_open(p:name)
  Once upon a time there was a $p.trait $p.job called $p.
  In a small town in $p.country there lived a $p.job by the name of $p.
  $p was a $p.trait $p.child who loved $p.pastime.
  There was once a $p.trait $p.child called $p.
  Everybody in the neighbourhood knew $p, the $p.trait $p.job.
  $p came from $p.country and worked as a $p.job.
  Long ago, a $p.trait $p.grownup called $p lived in a cottage near a river.
  This is the tale of $p, a $p.trait $p.job.
  When $p was young, $p:he lived with $p:his $p.relative in $p.country.
  Not far from here lives $p, and this is what happened to $p:him.
past_person(p:name)
  $p:he had $p.hair hair and bright eyes.
  In $p:his free time $p:he enjoyed $p.pastime.
  $p:he lived alone with a $p.colour canary and many books.
  Nobody was more $p.feeling than $p when there was $p.meal for supper.
  $p:his $p.relative had taught $p:him to $p.activity and to $p.chore.
  Every $p.weekday $p:he used to $p.chore before breakfast.
  People liked $p:him because $p:he was always ready to $p.chore for others.
  $p:he could $p.activity for hours and never get tired.
past_day(p:name)
  One $p.weather $p.daytime in $p.month $p $p.motion:past $p.place:to.
  One $p.weekday $p.daytime, when the weather was $p.weather, $p was $p.place:in.
  It was a $p.weather day in $p.season, and $p $p.manner $p.motion:past $p.place:to.
  On the first $p.weekday in $p.month $p had to go $p.place:to.
  Early in the $p.daytime $p put on $p:his boots and $p.motion:past $p.place:to.
  The $p.daytime was $p.weather, so $p decided to $p.activity $p.place:in.
past_owns(p:name t:thing)
  $p:he owned @a_thing(t) and took good care of it.
  $p:his most treasured possession was @a_thing(t).
  For $p:his birthday $p had got @a_thing(t) from $p:his $p.relative.
  $p:he never went anywhere without @a_thing(t).
  Years before, $p had bought @a_thing(t) at a market.
past_sight(p:name)
  On the way $p:he saw $p.sight.
  Not far away there was $p.sight.
  Near a bend in the road $p noticed $p.sight and stopped for a moment.
past_smells(f:dishfood)
  The air smelled of $f.
  Somewhere a window was open, and it smelled of fresh $f.
past_nature(w:flower u:tree)
  The $w:s were in bloom, and the wind played with the leaves of the $u:s.
  Under an old $u grew a single $w.
  Between the roots of a $u there were $w:s of every colour.
  A $u threw its shadow over the path.
past_lost(p:name t:thing)
  When $p:he opened $p:his bag, the $t was gone.
  Suddenly $p noticed that the $t was missing.
  On the way back $p:he lost @the_thing(t).
  In the evening $p could not find @the_thing(t) anywhere.
past_sad(p:name)
  $p was $p.grief.
  $p:he felt $p.grief and did not know what to do.
  This made $p:him very $p.grief.
  $p had never been so $p.grief before.
  You can imagine how $p.grief $p:he was.
past_search(p:name)
  $p:he searched $p.spot:in, but there was nothing but dust.
  First $p:he looked $p.spot:in, then $p:he asked at every door in the street.
  $p:he $p.manner turned everything upside down.
  For a whole $p.daytime $p:he looked everywhere, even $p.spot:in.
past_friend(p:name q:name)
  Then $q came along, a $q.job who was known to be $q.trait.
  Luckily $p:his $q.kin $q was at home.
  At that moment $q $q.motion:past past.
  By chance $p met $q, who was on the way $q.place:to.
past_found(p:name t:thing)
  There, $t.spot:in, lay @the_thing(t).
  At last $p found @the_thing(t) $t.spot:in.
  And what did $p see $t.spot:in? It was the $t!
  In the end it turned out that the $t had been $t.spot:in all the time.
past_thief(a:animal t:thing)
  A $a had carried the $t away.
  It seems that a $a had found the $t before them.
  It was a $a that had hidden the $t there.
past_gives(p:name t:thing q:name)
  So $p $p.manner gave the $t to $q.
  In the end $p made $q a present of the $t.
  Without a word $p put the $t into $q's hands.
  $p thought for a moment and then gave $q the $t.
past_owner(p:name t:thing)
  From then on the $t belonged to $p.
  Since that day $p has had the $t.
  $p keeps the $t to this day.
past_handles(p:name t:thing)
  $p $p.manner $p.handle:past the $t.
  $p took the $t out of the box and $p.handle:past it.
past_animal(p:name a:animal)
  In the grass $p:he found a $a with a hurt leg.
  A $a.size $a sat in the middle of the path and did not move.
  All at once a $a.colour $a stood in front of $p:him.
  From behind a bush came a sound, and there was a $a.
past_animal_sound(a:animal)
  It began to $a.sound.
  The $a did not stop to $a.sound.
past_animal_care(p:name a:animal)
  $p took the $a home and gave it something to eat.
  $p $p.manner wrapped the $a in a shawl.
  For $p.several days $p looked after the $a.
  $p fetched water and some food, and the $a soon felt better.
past_animal_end(p:name a:animal)
  When the $a was well again, $p set it free.
  The $a stayed with $p, and the two became friends.
  Since then the $a has come to $p's window every $p.daytime.
  The $a never forgot what $p had done.
past_travel(p:name)
  $p wanted to see the world, so $p:he packed a rucksack and left for $p.country.
  One $p.season $p travelled to $p.country by train.
  In a harbour $p went on board a ship that sailed to $p.country.
past_abroad(p:name)
  There $p:he learned to $p.activity and to cook $p.meal.
  The people there were $p.trait, and $p:he soon felt at home.
  It was $p.weather there, even in $p.month.
  $p:he saw $p.sight and wrote about it in $p:his diary.
past_contest(p:name q:name)
  In $p.month there was a big $p.event in the town, and both $p and $q took part.
  $p and $q had practised $p.pastime for weeks, for there was to be a competition.
  The mayor had promised a prize for the best at $p.pastime.
past_contest_middle(p:name q:name)
  At first $q was far ahead.
  $p began $p.manner, but $q was more $q.trait than anybody had thought.
  Halfway through, $q slipped and hurt $q:his $q.body.
  The crowd shouted and clapped.
past_contest_end(p:name q:name)
  In the end $p won, and $q was the first to shake $p:his hand.
  $p stopped to help $q, so neither of them won, but all the people cheered.
  $q won the prize and shared it with $p.
past_job(p:name)
  $p:his work was to $p.work.
  All day long $p:he had to $p.work.
  As a $p.job $p knew how to $p.work.
past_job_trouble(p:name)
  But one $p.weekday $p:his $p.tool broke in two.
  One $p.daytime $p:he could not find $p:his $p.tool.
  Then somebody stole $p:his $p.tool.
past_job_help(p:name q:name)
  $q, who lived next door, lent $p:him another one.
  $q knew somebody who could repair such things, and by $q.weekday everything was as before.
past_quarrel(p:name q:name)
  $p and $q had been friends for years, but one $p.daytime they began to argue.
  Because of a small thing $p and $q had a quarrel.
  $p said something rude, and $q went away without a word.
past_quarrel_cause(p:name t:thing)
  It was all about @a_thing(t).
  $p had broken the $t and did not want to say so.
past_peace(p:name q:name)
  After $p.several days $p went to $q and said sorry.
  $q missed $p so much that $q:he wrote a long letter.
  At a $p.event they met again, and both had to laugh.
  $p baked a pie and put it on $q's doorstep.
past_chore(p:name q:name)
  $p's $p.relative asked $p:him to $p.chore and to $q.chore.
  Before $p could go out to play, $p:he had to $p.chore.
  $p promised $q to $p.chore.
past_chore_done(p:name)
  It took $p.several hours, but at last it was done.
  $p worked $p.manner until the sun went down.
  $p:he would have liked to $p.activity, but $p:he kept $p:his word.
past_storm(p:name)
  Suddenly the sky turned dark, and a storm broke out.
  It began to rain so hard that $p could not see $p:his own feet.
  The wind blew the roof off a barn.
past_shelter(p:name q:name)
  $p and $q took shelter $p.place:in.
  $p ran as fast as $p:he could, and $q opened the door for $p:him.
  They sat close together and told each other stories.
past_supper(p:name f:meal d:food)
  It was late, and there was nothing left but $f and a few $d:s.
  $p's $p.relative had cooked $f and invited everybody.
  There was $f for supper, and $d:s after that.
  $p had a bowl of warm $f.
  They ate $d:s and drank hot tea.
  In the evening they cooked $f with $p's $p.relative.
past_later(p:name)
  Some weeks later something else happened.
  But that was not the end of it.
  In $p.month of the same year there was another surprise.
  Yet the best was still to come.
past_lesson(p:name)
  And so $p learned that $p.lesson.
  Remember that $p.lesson.
past_close(p:name)
  That night $p slept better than ever.
  $p:he told the story for years to come.
  From that day on $p was never $p.grief again.
  And if you come to $p.country, you may still meet $p:him there.
  $p went home and wrote it all down.
past_close_two(p:name q:name)
  From then on $p and $q were the best of friends.
  $p and $q still laugh about it today.
  Since that $p.season $p and $q have met every $p.weekday.
  The two of them walked home together through the $p.weather evening.

q_greets(p:name)
  Good $p.daytime, $p.
  How are you, $p?
  What a surprise to see you here, $p!
  Why do you look so $p.grief?
q_lost(p:name t:thing)
  I have lost my $t.
  My $t is gone, and I do not know where to look.
  Have you seen @a_thing(t) anywhere?
q_offer(p:name)
  Do not worry, $p.
  I will help you.
  We will find it together.
  Two people see more than one.
q_where(p:name)
  Did you look $p.spot:in?
  When did you last see it?
q_admire(t:thing)
  What a $t.quality $t!
  I have always wanted a $t.
  Where did you get such a $t?
q_give(p:name t:thing)
  You may keep the $t, $p.
  It is yours now, $p.
  Please take the $t.
q_thanks(p:name)
  How can I ever thank you, $p?
  You are very kind, $p.
  I will never forget this.
q_sorry(p:name)
  I am sorry, $p.
  It was my fault.
  Please forgive me, $p.
q_forgive(p:name)
  Let us forget it, $p.
  I was wrong too.
  What would I do without you, $p?
q_poor(a:animal)
  You poor $a.
  Do not be afraid, little $a.
  Who has done this to you?
q_win(p:name)
  Well done, $p!
  You deserve it, $p.
  Next time I will beat you, $p.
q_ask_chore(p:name)
  Have you already finished?
  Would you like to $p.activity with me, $p?
  Come out and play, $p!
q_must(p:name)
  First I have to $p.chore.
  I cannot come before I have finished.
  A promise is a promise.
tail tail_said(p:name)
  said $p.
  $p.speak:past $p.
  $p.speak:past $p.
  said $p $p.tone.
tail tail_asked(p:name)
  asked $p.
  asked $p $p.tone.

ask_what_lost(p:name)
  What did $p lose?
ask_what_found(p:name)
  Where was it found?
ask_who_helped(p:name)
  Who helped $p?
ask_to_whom(p:name t:thing)
  To whom did $p give the $t?
ask_who_won(p:name)
  Who won in the end?
ask_which_animal(p:name)
  Which animal did $p find?
ask_which_country(p:name)
  To which country did $p travel?
ask_story_job(p:name)
  What was $p's job?
answer_lost(p:name t:thing)
  $p lost @a_thing(t).
answer_found(t:thing)
  The $t was $t.spot:in.
answer_helped(p:name q:name)
  $q helped $p.
answer_to_whom(p:name t:thing q:name)
  $p gave the $t to $q.
answer_won(p:name)
  $p won.
answer_which_animal(p:name a:animal)
  $p found a $a.
answer_which_country(p:name)
  $p travelled to $p.country.
answer_story_job(p:name)
  $p was a $p.job.
)";

}  // namespace vitrine::data
