// The sentences of the full level's stories, told in the past.
#include "data/synth/rules/tables.h"

namespace vitrine::data {

const std::string_view kFullStoryRules = R"(
past_open(p:name)
  My $p.relative likes to tell the story of $p, a $p.trait $p.job from $p.country.
  If you want to hear about a $p.trait $p.child, listen to the story of $p.
  In the days when trains were slow, a $p.job called $p lived in $p.country.
  On the edge of a forest in $p.country stood a house, and in it lived $p, a $p.job.
  At the end of a long street lived a $p.child with the name $p.
  There are many stories about $p, the $p.job, and this is one of them.
  $p was a $p.trait $p.job, and $p:he was proud of it.
  $p, a $p.child from $p.country, was known to be $p.trait.
  What happened to $p, a $p.trait $p.child, is soon told.
  Do you remember $p, the $p.job from $p.country?
  Once upon a time there was a $p.trait $p.job called $p.
  In a small town in $p.country there lived a $p.job by the name of $p.
  $p was a $p.trait $p.child who loved $p.food:s.
  There was once a $p.trait $p.child called $p.
  In a village in $p.country there lived a $p.child who was called $p.
  Everybody in the neighbourhood knew $p, the $p.trait $p.job.
  $p came from $p.country and worked as a $p.job.
  Long ago, a $p.trait $p.job called $p lived in a cottage near a river.
  This is the tale of $p, a $p.trait $p.job.
  This is the tale of $p, a $p.trait $p.child from $p.country.
  Many years ago a $p.child called $p lived with $p:his $p.relative in $p.country.
  Once there lived a $p.trait $p.child by the name of $p.
past_open_near(p:name)
  Not far from here lives a $p.job called $p, and this is what happened to $p:him.
  Not far from here lives a $p.trait $p.child called $p, and this is what happened to $p:him.
  In our street lives a $p.job by the name of $p, who told me this story.
  In our street lives a $p.child called $p, who told me this story.
past_person(p:name)
  $p:he had $p.several pairs of shoes and liked none of them.
  On $p.weekday $p:he always went to bed early.
  It was known that $p:he talked in $p:his sleep.
  $p:he knew $p.several songs by heart and sang them to $p:his $p.relative.
  The thing that $p:he liked best was $p.pastime.
  $p:his $p.relative used to say that $p:he was like nobody else.
  $p:he had $p.hair hair and bright eyes.
  In $p:his free time $p:he enjoyed $p.pastime.
  The $p.trait $p.grownup lived alone with a yellow canary and many books.
  Nobody was happier than $p when there was $p.meal for supper.
  $p:his $p.relative had taught $p:him to $p.activity and to $p.chore.
  Every $p.weekday $p:he used to $p.chore before breakfast.
  $p:he could $p.activity for hours and never get tired.
past_person_kind(p:name)
  People liked $p:him because $p:he was always ready to help.
  When somebody had to $p.chore, $p was the first to help.
past_day(p:name)
  One $p.weather $p.daytime in $p.month $p $p.motion:past $p.place:to.
  One $p.weekday $p.daytime, when the weather was $p.weather, $p was $p.place:in.
  It was a $p.weather $p.daytime in $p.season, and $p $p.manner $p.motion:past $p.place:to.
  On the first $p.weekday in $p.month $p $p.motion:past $p.place:to.
  One $p.daytime in $p.season $p put on $p:his boots and $p.motion:past $p.place:to.
past_day_fine(p:name)
  The $p.daytime was $p.weather, so $p decided to $p.activity $p.place:in.
  One $p.weather $p.daytime in $p.month $p wanted to $p.activity $p.place:in.
past_owns(p:name t:thing)
  $p:he owned @a_thing(t) and took good care of it.
  $p:his most treasured possession was @a_thing(t).
  For $p:his birthday $p had got @a_thing(t) from $p:his $p.relative.
  The $p.grownup had bought @a_thing(t) at a market years before.
past_carries(p:name t:thing)
  $p:he never went anywhere without @a_thing(t).
  In $p:his pocket $p:he always carried @a_thing(t).
past_cares(p:name t:thing)
  Every $p.weekday $p $p.manner $p.handle:past it.
  $p:he often $p.handle:past it and smiled.
past_sight(p:name)
  On the way $p:he saw $p.sight.
  Not far away there was $p.sight.
  Near a bend in the road $p noticed $p.sight and stopped for a moment.
past_smells(f:dishfood)
  The air smelled of $f.
  Somewhere a window was open, and it smelled of $f.
past_nature(w:flower u:tree)
  The $w:s were in bloom, and the wind played with the leaves of the $u:s.
  Under an old $u grew a single $w.
  Between the roots of a $u there were some $w:s.
  A $u threw its shadow over the path, and the $w:s were in bloom.
past_lost(p:name t:thing)
  At supper $p wanted to show the $t to $p:his $p.relative, but it was gone.
  Before going to bed $p looked for the $t, but it was not in its place.
  But that day $p forgot the $t somewhere, and in the evening it was not to be found.
  Back at home $p noticed that the $t was missing.
  When $p:he came home, $p:he could not find @the_thing(t) anywhere.
  In the evening $p could not find @the_thing(t) anywhere.
past_sad(p:name)
  Poor $p was so $p.grief that $p:he could not eat.
  $p:he sat down and was $p.grief.
  $p was $p.grief.
  $p:he felt $p.grief and did not know what to do.
  This made $p:him very $p.grief.
  $p had never been so $p.grief before.
  You can imagine how $p.grief $p:he was.
past_search(p:name)
  $p:he went through every room and even looked $p.spot:in.
  $p:he looked $p.spot:in, and then $p:he looked there once more.
  $p:he searched $p.spot:in, but there was nothing but dust.
  First $p:he looked $p.spot:in, then $p:he asked at every door in the street.
  $p:he $p.manner turned everything upside down.
  For hours $p:he looked everywhere, even $p.spot:in.
past_friend_visits(p:name q:name)
  An hour later there was a knock, and $p:his $q.kin $q stood outside.
  That same evening $q, a $q.trait $q.job, passed by and saw a light in the window.
  Then $q, a $q.trait $q.job, knocked at the door.
  Then a $q.trait $q.child called $q knocked at the door.
  Luckily $p:his $q.kin $q was at home.
  A little later $p:his $q.kin $q came to visit $p:him.
  $q, who lived next door, heard of it and came at once.
past_friend_meets(p:name q:name)
  Somebody called, and when $p turned round, it was $p:his $q.kin $q.
  $q, a $q.job from $q.country, was sitting there.
  $p was not alone there, for $p:his $q.kin $q had come too.
  Then $q came along, a $q.job who was known to be $q.trait.
  Then $q came along, a $q.trait $q.child from the same street.
  At that moment $q, a $q.trait $q.job, $q.motion:past past.
  There $p met $p:his $q.kin $q.
  By chance $p:his $q.kin $q was there too.
past_found(p:name t:thing)
  There, $t.spot:in, lay @the_thing(t).
  At last they found @the_thing(t) $t.spot:in.
  And what did $p see $t.spot:in? It was the $t!
past_found_home(p:name t:thing)
  In the end it turned out that the $t had been $t.spot:in all the time.
past_thief(a:animal t:thing)
  A $a had carried the $t away.
  It seems that a $a had found the $t before them.
  It was a $a that had hidden the $t there.
past_gives(p:name t:thing q:name)
  $p saw how much $q liked the $t, and gave it away.
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
  $p $p.handle:past the $t for a long time.
past_animal(p:name a:animal)
  In the grass $p:he found a $a with a hurt leg.
  A $a.size $a sat in the middle of the path and did not move.
  Under a bush lay a $a.colour $a that could not stand up.
  From behind a bush came a sound, and there was a $a with a hurt foot.
past_animal_sound(a:animal)
  It began to $a.sound.
  The $a did not stop $a.sound:ing.
past_animal_care(p:name a:animal)
  $p put some ointment on it and let the $a sleep in a basket.
  $p:he made a bed of straw for the $a and sat beside it all night.
  $p took the $a home and gave it something to eat.
  $p $p.manner wrapped the $a in a shawl and carried it home.
  For $p.several days $p looked after the $a.
  $p fetched water and some food, and the $a soon felt better.
past_animal_end(p:name a:animal)
  One morning the $a could walk again, and $p opened the door for it.
  For a long time the $a followed $p wherever $p:he went.
  When the $a was well again, $p set it free.
  The $a stayed with $p, and the two became friends.
  Since then the $a has come to $p's window every $p.daytime.
  The $a never forgot what $p had done.
past_travel(p:name q:name)
  $p wanted to see the world, so $p:he packed a rucksack and left for $q.country.
  One $p.season $p said goodbye to everybody and travelled to $q.country.
  In a harbour $p went on board a ship that sailed to $q.country.
  $p's $p.relative had moved to $q.country, so $p went there in $p.month.
past_abroad(p:name)
  There $p:he learned to $p.activity and to cook $p.meal.
  The people there were $p.trait, and $p:he soon felt at home.
  It was $p.weather there, and $p:he was out of doors from morning to evening.
  $p:he saw $p.sight and wrote about it in $p:his diary.
  Every $p.weekday $p:he wrote a long letter to $p:his family.
past_abroad_friend(p:name q:name)
  There $p met $q, who liked $p.pastime as much as $p:he did.
  One $p.weekday $p:he made friends with a $q.trait $q.job called $q.
  One $p.weekday $p:he made friends with a $q.trait $q.child called $q.
past_return(p:name)
  After $p.several months $p came home again.
  In $p.month $p travelled back home.
past_contest(p:name q:name)
  In $p.month there was a $p.event in $p.pastime, and both $p and $q took part.
  $p and $q had practised $p.pastime for weeks, for there was to be a $p.event.
  The mayor had promised a prize for the best at $p.pastime, and both $p and $q wanted to win it.
past_contest_day(p:name)
  The $p.event took place $p.place:in on a $p.weather $p.weekday.
  On the day of the $p.event it was $p.weather, and many people came.
past_contest_lead(p:name q:name)
  At first $q was far ahead.
  $p began $p.manner, but $q was better than anybody had thought.
  In the beginning $q was ahead, and the crowd shouted and clapped.
past_contest_slip(p:name q:name)
  Halfway through, $q slipped and hurt $q:his $q.body.
  Then $q fell and hurt $q:his $q.body.
past_contest_won(p:name q:name)
  At the very end $p was better, and $q had to smile.
  Nobody had expected it, but the prize went to $p.
  In the end $p won, and $q was the first to shake $p:his hand.
  $p did not give up, and in the end $p:he won the prize.
past_contest_tie(p:name q:name)
  The prize was not far away, but $p turned back and helped $q.
  $p stopped to help $q, so neither of them won, but all the people cheered.
  When $p saw that, $p:he stopped and helped $q, and so somebody else won.
past_contest_beaten(p:name q:name)
  The prize went to $q, and $p clapped loudest of all.
  $q won the prize and shared it with $p.
  In the end $q won, and $p was the first to shake $q:his hand.
past_job(p:name)
  $p:his work was to $p.work.
  All day long $p:he had to $p.work.
  As a $p.job $p knew how to $p.work.
past_tool_broken(p:name)
  But one $p.weekday $p:his $p.tool broke.
  One $p.daytime $p:he saw that $p:his $p.tool was broken.
past_tool_gone(p:name)
  One $p.daytime $p:he could not find $p:his $p.tool.
  Then somebody stole $p:his $p.tool.
past_tool_mended(p:name q:name)
  $q could repair such things, and by $q.weekday everything was as before.
  $q $q.manner mended it and did not want any money for it.
past_tool_lent(p:name q:name)
  $q lent $p:him another one.
  $q knew where to buy a new one, and by $q.weekday $p could work again.
past_quarrel(p:name q:name)
  There was nobody whom $p liked more than $p:his $q.kin $q, but one $p.weekday they stopped speaking to each other.
  $p and $p:his $q.kin $q had always got on well, but one $p.daytime they began to argue.
  Because of a small thing $p and $p:his $q.kin $q had a quarrel.
  One $p.daytime in $p.month $p said something rude to $p:his $q.kin $q, who went away without a word.
past_quarrel_cause(p:name t:thing q:name)
  It was all about @a_thing(t) that belonged to $q.
  $p had broken $q's $t and did not want to say so.
  $p had lost $q's $t and had not told $q:him.
past_lonely(p:name)
  For $p.several days $p stayed at home and spoke to nobody.
  Every $p.daytime $p:he walked $p.place:to alone.
  $p:he tried to $p.activity, but it was no fun alone.
past_peace(p:name q:name)
  One $p.weekday $p took all $p:his courage and knocked at $q's door.
  Both of them had waited for the other, and then $q came first.
  After $p.several days $p went to $q's house.
  Then $q wrote a long letter, and $p ran to see $q:him.
  At a $p.event they met again, and both had to laugh.
  $p baked a pie and put it on $q's doorstep.
past_chore(p:name q:name)
  One $p.weekday $p's $p.relative asked $p:him to $p.chore.
  $p had promised $p:his $p.relative to $p.chore.
  One $p.daytime in $p.month $p had to $p.chore.
past_chore_friend(p:name q:name)
  Then $p:his $q.kin $q looked over the fence.
  $p:he had just begun when $p:his $q.kin $q came by.
past_chore_done(p:name)
  $p went on until everything was done, and $p:his $p.relative was very pleased.
  $p:he sang while $p:he worked, and so the time passed quickly.
  It took (two|three|four) hours, but at last it was done.
  $p worked $p.manner until the sun went down.
  $p:he would have liked to $p.activity, but $p:he kept $p:his word.
past_storm(p:name)
  All at once there was thunder, and the first drops fell.
  A black cloud came over the trees, and then it began to rain.
  Nobody had seen the storm coming, but now it was there.
  Suddenly the sky turned dark, and a storm broke out.
  It began to rain so hard that $p could not see $p:his own feet.
  Then the wind began to blow so hard that it bent the trees.
past_shelter(p:name q:name)
  Luckily there was a place to hide, and soon $p and $q were $p.place:in.
  Wet to the skin, they reached the place where they were safe, and sat down $p.place:in.
  $p and $q took shelter $p.place:in.
  They ran as fast as they could and hid $p.place:in.
past_wait(p:name q:name)
  They sat close together and told each other stories.
  $q was afraid of the thunder, and $p took $q:his hand.
  It rained for hours, and so $p taught $q to $p.activity.
past_storm_over(p:name q:name)
  When it was over, they went to $q's house.
  At last the sun came out again, and $q asked $p to come home with $q:him.
past_supper(p:name f:meal d:food)
  Somebody had made $f, and never had it tasted so good.
  On the table stood a bowl of $f and a plate with $d:s.
  There was $f for supper, and $d:s after that.
  $p's $p.relative had cooked $f for everybody.
  In the evening they cooked $f with $p's $p.relative.
  They ate $d:s and drank hot tea.
  $p's $p.relative gave them $d:s, and they were soon full.
  They sat at the table, ate $f, and talked for hours.
past_bowl(p:name f:meal)
  For supper there was a bowl of warm $f.
  In the evening $p had a bowl of warm $f.
past_later(p:name)
  The story could end here, but it does not.
  But $p was to have another adventure.
  That was in $p.month, and in the following year there was more to tell.
  Not long after that $p had another strange day.
  Some weeks later something else happened.
  But that was not the end of it.
  Later in the same year there was another surprise.
  Yet the best was still to come.
past_lesson(p:name)
  Since then $p has often said that $p.lesson.
  So you see that $p.lesson.
  And so $p learned that $p.lesson.
  As people say, $p.lesson.
  Remember that $p.lesson.
past_close(p:name)
  In $p:his diary $p wrote only that it was a good day.
  When $p:his $p.relative asked about it, $p only smiled.
  $p drew a picture of it, and you can still see it in $p:his room.
  The next morning $p told everybody at breakfast about it.
  That is how it was, and not otherwise.
  Who does not believe it may ask $p.
  $p still talks about it when it is $p.weather.
  From then on $p liked the $p.season best of all.
  $p often thought of that $p.season.
  It was a $p.season that $p never forgot.
  And $p fell asleep with a smile.
  Later $p:he laughed whenever $p:he thought of it.
  And that is the end of the story of $p.
  That night $p slept better than ever.
  $p:he told the story for years to come.
  $p went home and wrote it all down.
past_close_home(p:name)
  And if you come to $p.country, you may still meet $p:him there.
past_close_two(p:name q:name)
  Every year in $p.month $q sends $p a card.
  If you see $p today, $q is never far away.
  $p and $q have promised always to help each other.
  Today $p says that $q is the best friend of all.
  From then on $p and $q were the best of friends.
  $p and $q still laugh about it today.
  Since that $p.season $p and $q have met every $p.weekday.
  And $p and $q have stayed friends to this day.
  $p and $q often talk about that $p.season.

q_greets(p:name)
  Good $p.daytime, $p.
  How are you, $p?
  What a surprise to see you here, $p!
  How nice to see you, $p!
q_welcome(p:name)
  Welcome, $p!
  I will show you the town, $p.
  Where do you come from, $p?
q_greets_sad(p:name)
  Why do you look so $p.grief?
  What is the matter, $p?
  You look $p.grief, $p.
q_lost(p:name t:thing)
  I have lost my $t.
  My $t is gone, and I do not know where to look.
  Have you seen my $t anywhere?
q_offer_search(p:name)
  Do not worry, $p.
  I will help you look for it.
  We will find it together.
  Four eyes see more than two.
q_tool(p:name)
  My $p.tool is broken, and I cannot work.
  I need a new $p.tool.
q_tool_gone(p:name)
  My $p.tool is gone, and I cannot work.
  I need a new $p.tool.
q_offer(p:name)
  Do not worry, $p.
  I will help you.
  Leave that to me, $p.
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
  Thank you so much, $p!
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
q_fair(p:name)
  You are a true friend, $p.
  I will never forget this.
q_ask_chore(p:name)
  Have you finished yet?
  Would you like to $p.activity with me, $p?
  Come and $p.activity with me, $p!
q_must(p:name)
  First I have to $p.chore.
  I cannot come before I have finished.
  A promise is a promise.
q_storm(p:name)
  Come in here, $p!
  What a storm!
  Quick, $p, come with me!
tail tail_said(p:name)
  said $p.
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
