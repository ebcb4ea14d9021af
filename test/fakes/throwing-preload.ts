// Loaded before a command under test: throws or rejects, uncaught, when its parent says so.

process.on('message', (kind) => {
  if (kind === 'throw') throw new Error('a timer of somebody broke, for +15550100123');
  if (kind === 'reject') void Promise.reject(new TypeError('nobody heard this'));
  if (kind === 'storm') {
    setInterval(() => {
      throw new Error('again and again');
    }, 5);
  }
});
process.channel?.unref();
