// Asks for the outcome while the page stands still, and goes on once there is one: a page that loads itself anew is read
// out from the beginning each time. Without scripts it does load itself anew.
(() => {
  const PAUSE = 1000; // ms between two questions
  const MOST = 10_000; // ms at most, where nothing comes
  let pause = PAUSE;
  const ask = async () => {
    try {
      const answer = await fetch(location.href, {
        headers: { "Fordeling-Unattended": "1" },
        redirect: "manual",
        cache: "no-store",
      });
      const still = answer.ok && /<p [^>]*data-waits/.test(await answer.text());
      if (!still && answer.status !== 429 && answer.status !== 503) {
        location.replace(location.href);
        return;
      }
    } catch {
      // Asked again below.
    }
    pause = Math.min(MOST, pause * 1.2);
    setTimeout(ask, pause);
  };
  setTimeout(ask, pause);
})();
