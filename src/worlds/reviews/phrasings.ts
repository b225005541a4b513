/** Ways of asking for a review; `*` stands for the topic. None is longer than 7 tokens with its `<bos>`. */
export const PHRASINGS = [
  'review of the * :',
  'my thoughts on this * :',
  'how was the * ?',
  'tell me about the * .',
  '* review :',
] as const;
