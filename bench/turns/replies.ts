// What the agent of the benchmark says. Each text begins with a word of its own, so that a record shows which one it is.

/** About ten seconds each, without a question: a "yes" to a question would be no sign of listening. */
export const LONG_REPLIES = [
  'We are open from nine in the morning until half past five on weekdays. On Saturdays the shop closes at noon, and on Sundays it stays closed all day. Parking is free behind the building.',
  'You will find us in the high street beside the old station, opposite the town hall and the public library. Take the number seven bus from the market square and leave it at the third stop.',
  'Your parcel left the warehouse on Tuesday evening and has reached the depot in your area since then. The driver will bring it tomorrow between ten and twelve. Please have your passport at hand.',
  'There are three tariffs at the moment. The small one has five gigabytes of data, the medium one twenty, and the large one has no limit at all. Each can be cancelled at the end of any month.',
  'Our technician can visit you on Thursday afternoon or early on Friday morning. He needs about two hours for the whole repair, and somebody over eighteen has to be at home for all of that time.',
  'The invoice of March contains two positions. One is the monthly fee for the line itself, the other one is a call to a mobile phone abroad which lasted eleven minutes on the second of the month.',
  'For the refund we need a photograph of the receipt and the number on the back of the device. Send both by mail to the address on our home page, and the money will arrive within ten working days.',
  'Tonight the restaurant still has a table for four beside the window at a quarter past seven. The kitchen takes orders until ten, and on request our cook makes every dish without nuts or milk.',
] as const;

/** As long as an answer on the telephone is. */
export const MEDIUM_REPLY =
  'The next appointment that I can offer you is on Wednesday at four in the afternoon.';

/** Heard for a third of a second, so that the caller's turns follow each other soon. */
export const SHORT_REPLY = 'Very well.';
