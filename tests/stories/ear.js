// Test ear: listens to the track that the page really receives, and gives the fake microphone unprocessed.
(() => {
  const ear = { chunks: [], rate: 8000, listening: false };
  const Native = window.RTCPeerConnection;
  const tap = (stream) => {
    ear.context = ear.context || new AudioContext({ sampleRate: ear.rate });
    const source = ear.context.createMediaStreamSource(stream);
    const processor = ear.context.createScriptProcessor(1024, 1, 1);
    processor.onaudioprocess = (event) => {
      // An earlier call's track goes on as silence: only the newest one is listened to.
      if (ear.listening && ear.latest === processor) ear.chunks.push(new Float32Array(event.inputBuffer.getChannelData(0)));
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
