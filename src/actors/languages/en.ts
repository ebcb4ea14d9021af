// English. Control plane.

import type { LanguageWords } from './language.js';
import { lines } from './lines.js';

const UNITS = lines('zero, one, two, three, four, five, six, seven, eight, nine');
const TEENS = lines(
  'ten, eleven, twelve, thirteen, fourteen, fifteen, sixteen, seventeen, eighteen, nineteen',
);
const TENS = lines('twenty, thirty, forty, fifty, sixty, seventy, eighty, ninety');

function numbers(): ReadonlyMap<string, number> {
  const map = new Map<string, number>();
  [...UNITS, ...TEENS].forEach((word, value) => map.set(word, value));
  TENS.forEach((ten, i) => {
    const value = (i + 2) * 10;
    map.set(ten, value);
    UNITS.forEach((unit, j) => j > 0 && map.set(`${ten} ${unit}`, value + j));
  });
  return map;
}

export const ENGLISH: LanguageWords = {
  hesitations: lines('uh, um, uhm, er, erm, eh, ah, hm, hmm, umm, uhh'),
  openEndings: lines(`
    a, an, the, my, your, his, her, our, their, its, this is, these, those
    of, to, for, with, without, from, in, on, at, by, about, into, onto, between, under, through
    during, until, till, since, against, towards, before, after, around, near, per, via, than
    and, or, but, nor, so, because, cause, if, whether, unless, although, though, while, when, where
    who, which, what, how, that's why, as, like, such as, even, also, just, maybe, well, then, actually, basically
    i, we, they, he, she, i'm, we're, they're, it's, that's, there's, what's, who's, i've, we've, i'd, we'd
    i'll, we'll, don't, doesn't, didn't, can't, couldn't, won't, wouldn't, isn't, aren't, wasn't
    is, are, was, were, am, be, been, being, has, had, have, do, does, did, can, could, will, would, shall
    should, may, might, must, going to, gonna, want to, wanna, like to, need to, have to, trying to, able to
    i want, i need, i would like, i'd like, i think, i guess, i believe, i mean, you know, let me, let's, let us
    tell me, give me, show me, help me, send me, ask you, can you, could you, would you, do you, are you
    do you have, is there, are there, can i, could i, may i, do i, have you, did you
    my name is, my number is, number is, my account number is, it is, that is, called, named, the number
    very, really want, every, each, another, some, any, no one who, two or three, mister, misses, doctor, saint
  `),
  closings: lines(`
    thank you, thanks, thank you very much, thank you so much, thanks a lot, thank you for your help
    goodbye, good bye, bye, bye bye, see you, have a nice day, have a good day, good night
    that's all, that's it, that is all, that will be all, nothing else, cheers
  `),
  shortQuestions: lines(`
    where are you, who are you, how are you, what are you, where were you, how were you, how long are you, how far are you
    where is this, who is this, what is this, who's this, what's this, where is that, who is that, what is that
    where are we, where am i, what are those, what are these, what do you have, which do you have, what have you
    what is it like, what's it like, what is it for, what's it for, who is it for, what is it about, what's it about
    what is that for, what's that for, where are you from, where is it from, who is it from, who is it by, what is it in
    what are you called, which one is this, where do i go to, who do i talk to
    who am i talking to, who am i speaking to, who am i speaking with, what can you do, what do you do, what should i do
  `),
  answers: lines(`
    yes, yeah, yep, yup, yes i do, yes i am, yes i have, yes it is, yes that's right, sure, of course, okay, ok
    yes we do, yes we are, yes we have, yes i can, yes i will, yes i would, yes i did, yes you can, yes he is, yes she is
    yes they are, yes there is, yes it was, no we don't, no we aren't, no we haven't, no i can't, no i won't, no i wouldn't
    no i didn't, no i haven't, no it isn't, no it's not, no it wasn't, no there isn't
    no, nope, nah, no i don't, no i'm not, not really, uh huh, uh uh, mm hmm, mhm, right, correct
    that's right, that's correct, exactly, absolutely, definitely, certainly, i do, i don't, i don't know, i am, i'm not
    alright, all right, fine, sounds good, that's fine, perfect, great, go ahead
  `),
  courtesies: lines("please, thanks, thank you, sir, ma'am, madam, miss, oh, well, thanks a lot"),
  questionStarts: lines(`
    what, what's, when, where, where's, who, who's, why, how, how's, which, whose
    can, could, would, will, do, does, did, is, are, am, was, were, may, shall, should, have, has
    is there, are there, isn't, aren't, don't, doesn't, can't, couldn't
  `),
  numberCues: lines(`
    phone number, telephone number, mobile number, cell number, my number, my cell, account number, card number
    order number, customer number, policy number, reference number, call me at, reach me at, call me on, zip code
  `),
  spellingCues: lines('spelled, spelt, spell it, spelling, that is spelled, as in'),
  // Doubtful, and taken for signs of listening: "thank you" (may close the call, but seldom while the
  // agent speaks), "sure", "go ahead", "absolutely" (answers where the agent asked, see `answers`), "right"
  // and "okay" (may ask to come to an end; said again and again they outlast maxBackchannelMs).
  backchannels: lines(`
    uh huh, mm, mm hmm, mhm, mmm, hm, hmm, ah, oh, oh okay, aha, ah ha, yeah, yeah yeah, yes, yep, yup, ok, okay, okay okay
    right, alright, all right, sure, i see, i understand, got it, gotcha, understood, cool, great, good, nice, perfect
    wonderful, fine, exactly, absolutely, of course, definitely, indeed, true, makes sense, that makes sense, sounds good
    go on, go ahead, wow, interesting, oh wow, oh good, oh great, very good, very well, fair enough, no problem, no worries
    that's right, that's good, that's great, that's fine, that's true, thank you, thanks, ah okay, ah i see, oh i see
    i know, i got it
  `),
  // Doubtful: "right?" and "okay?", which may ask; recognisers write them for a rising "right".
  // "huh?" and "sorry?" are none: they say that something was not understood.
  newsmarks: lines('really, oh really, oh yeah, is it, is that so, you think so, right, okay'),
  // Doubtful: "sorry" (may be meant for somebody in the room), "not", "actually", "but", "again" (within
  // longer speech, which takes the floor anyway; alone they announce more).
  floorTakers: lines(`
    no, nope, wait, stop, hold on, hang on, excuse me, sorry, pardon, pardon me, one moment, one second, just a moment
    just a second, wait a minute, wait a second, hey, listen, hello, actually, but, however, let me, can i, could i
    i have a question, question, quiet, shut up, enough, never mind, nevermind, cancel, repeat, again, help
    operator, agent, representative, human, i said, i mean, not, don't, that's wrong, wrong, incorrect, not that
    slow down, speak up, louder, skip, next, goodbye, bye
    what, when, where, who, why, how, which, huh, what's, who's, where's, how's
  `),
  contractions: {
    "don't": 'do not',
    "doesn't": 'does not',
    "didn't": 'did not',
    "can't": 'can not',
    cannot: 'can not',
    "couldn't": 'could not',
    "won't": 'will not',
    "wouldn't": 'would not',
    "shouldn't": 'should not',
    "isn't": 'is not',
    "aren't": 'are not',
    "wasn't": 'was not',
    "weren't": 'were not',
    "haven't": 'have not',
    "hasn't": 'has not',
    "hadn't": 'had not',
    "i'm": 'i am',
    "you're": 'you are',
    "we're": 'we are',
    "they're": 'they are',
    "i've": 'i have',
    "you've": 'you have',
    "we've": 'we have',
    "they've": 'they have',
    "i'll": 'i will',
    "you'll": 'you will',
    "we'll": 'we will',
    "they'll": 'they will',
    // "it's" may be "it has" too; then the words behind it differ from those behind "it is".
    "it's": 'it is',
    "that's": 'that is',
    "there's": 'there is',
    "what's": 'what is',
    "where's": 'where is',
    "who's": 'who is',
    "how's": 'how is',
    gonna: 'going to',
    wanna: 'want to',
    // "i'd" may be "i would" or "i had": left as it is.
    ok: 'okay',
  },
  numbers: numbers(),
  zeros: ['oh', 'o'],
  fillers: [
    'One moment, please.',
    'Just a moment.',
    'Let me check that for you.',
    'Let me see.',
    'Bear with me for a moment.',
  ],
  spoken: {
    twilio: 'en-US',
    failed: 'I am sorry, something went wrong on our side. Please call again.',
    timeLimit: 'We have reached the longest time for a call. Thank you for calling, and goodbye.',
    drained: 'I am sorry, our service is being restarted. Please call again in a few minutes.',
    brokenOff: 'I am sorry, I lost my thread. Could you say that again, please?',
    unavailable: 'Sorry, all lines are busy. Please call again in a few minutes.',
    transferFailed: 'Sorry, nobody could take your call. Please call again later.',
  },
};
