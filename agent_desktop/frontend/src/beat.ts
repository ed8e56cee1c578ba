/** A worker's clock: timers of a page in the background are slowed down, a worker's are not. */

setInterval(() => postMessage("beat"), 1000);
