// Test ear: listens to the track that the page really receives, and gives the fake microphone unprocessed.
// It tells all the time when it hears the caller's tone, to whoever has put `deskHeard` into the page.
(() => {
  const CALLER_HZ = 440, LOUD = 10 ** (-32 / 20), SHARE = 0.15, TELL_EVERY = 100;
  const hasCaller = (samples, rate) => {
    let real = 0, imaginary = 0, power = 0, weight = 0, weights = 0;
    for (let n = 0; n < samples.length; n += 1) {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / samples.length);
      const sample = samples[n] * window, turn = (2 * Math.PI * CALLER_HZ * n) / rate;
      real += sample * Math.cos(turn);
      imaginary += sample * Math.sin(turn);
      power += sample * sample;
      weight += window;
      weights += window * window;
    }
    const strength = (2 * Math.hypot(real, imaginary)) / weight;
    return strength > LOUD && strength ** 2 / 2 > SHARE * (power / weights);
  };
  const ear = { chunks: [], rate: 8000, listening: false, heard: [] };
  const tell = () => {
    if (ear.heard.length && window.deskHeard) window.deskHeard(ear.heard.splice(0));
  };
  setInterval(tell, TELL_EVERY);
  addEventListener("pagehide", tell);
  const Native = window.RTCPeerConnection;
  const tap = (stream) => {
    ear.context = ear.context || new AudioContext({ sampleRate: ear.rate });
    const source = ear.context.createMediaStreamSource(stream);
    const processor = ear.context.createScriptProcessor(1024, 1, 1);
    processor.onaudioprocess = (event) => {
      // An earlier call's track goes on as silence: only the newest one is listened to.
      const samples = event.inputBuffer.getChannelData(0), now = Date.now() / 1000;
      if (hasCaller(samples, ear.rate)) ear.heard.push([now - samples.length / ear.rate, now]);
      if (ear.listening && ear.latest === processor) ear.chunks.push(new Float32Array(samples));
    };
    ear.latest = processor;
    source.connect(processor);
    processor.connect(ear.context.destination);
  };
  class HeardConnection extends Native {
    constructor(...given) {
      super(...given);
      ear.connections = (ear.connections || 0) + 1;
      this.addEventListener("track", (event) => tap(event.streams[0] || new MediaStream([event.track])));
    }
  }
  window.RTCPeerConnection = HeardConnection;
  const media = navigator.mediaDevices;
  if (media) {
    const native = media.getUserMedia.bind(media);
    media.getUserMedia = (wish) =>
      native(wish && wish.audio
        ? { ...wish, audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } }
        : wish);
  }
  window.testEar = {
    start: () => { ear.chunks = []; ear.listening = true; },
    stop: () => {
      ear.listening = false;
      const all = ear.chunks.flatMap((chunk) => Array.from(chunk, (v) => Math.round(Math.max(-1, Math.min(1, v)) * 32767)));
      return { rate: ear.rate, samples: all };
    },
  };
})();
