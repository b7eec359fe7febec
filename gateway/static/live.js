// What is new while a page is open: said politely, and shown where the page can be exchanged without disturbing anybody.
// Only while the page is seen. Without this script a reload shows the same.
(() => {
  const root = document.getElementById("nytt");
  if (!root || !window.EventSource) return;
  const words = root.dataset;
  const status = root.querySelector(".news-text");
  const actions = root.querySelector(".news-actions");
  const link = actions.querySelector("a");
  const COALESCE = 400; // ms in which what comes is said together
  const APART = 2000; // ms between two fetches of the page
  const MOST = 3; // texts said one by one
  const FIRST_PAUSE = 5000; // ms until it is tried again where the stream was refused
  const TRIES = 8;
  let source = null;
  let last = words.since;
  let over = false;
  let tries = 0;
  let retry = 0;
  let texts = [];
  let about = null;
  let saying = 0;
  let fetching = 0;
  let fetched = 0;
  const stale = new Map();

  const say = (text, next) => {
    status.replaceChildren(...text.map((line) => Object.assign(document.createElement("p"), { textContent: line })));
    link.hidden = !next;
    if (next) {
      link.textContent = next.text;
      link.href = next.href;
      link.target = next.apart ? "_blank" : "";
      link.rel = next.apart ? "noopener" : "";
    }
    root.classList.add("shown");
  };
  const hush = () => {
    const inside = root.contains(document.activeElement);
    root.classList.remove("shown");
    status.replaceChildren();
    if (inside) document.getElementById("innhold").focus({ preventScroll: true });
  };

  // Where to see it, on the page of one list.
  const way = (event) => {
    if (!words.list || event.own) return null;
    if (["imdi-wrote", "question-asked"].includes(event.kind)) {
      return document.getElementById("sporsmal-og-svar") && { text: words.seeThreads, href: "#sporsmal-og-svar" };
    }
    if (event.kind === "list-saved" && words.form) return { text: words.seeSteps, href: "#hvem", kept: words.merged };
    if (words.form || words.sending) return { text: words.open, href: words.url, apart: true, kept: words.form };
    return null;
  };

  const announce = () => {
    saying = 0;
    const found = [...new Set(texts)];
    const lines = found.length > MOST ? [words.many] : found;
    if (about?.kept) lines.push(about.kept);
    if (found.length) say(lines, about);
    texts = [];
    about = null;
  };

  const take = (event) => {
    if (words.list && event.list && event.list !== words.list) return;
    if (event.text && (!words.list || event.list)) {
      texts.push(event.text);
      about = way(event) || about;
      saying ||= setTimeout(announce, COALESCE);
    }
    refreshSoon();
  };

  const regions = () => [...document.querySelectorAll("[data-live]")];
  const changed = (field) => {
    if (field.type === "hidden" || field.tagName === "BUTTON") return false;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") {
      const chosen = [...field.options].findIndex((option) => option.defaultSelected);
      return field.selectedIndex !== Math.max(0, chosen);
    }
    return field.value !== field.defaultValue;
  };
  const busy = (region) =>
    region.contains(document.activeElement) || [...region.querySelectorAll("input, select, textarea")].some(changed);
  // Forms' own ids differ each time and show nothing.
  const shown = (region) => {
    const copy = region.cloneNode(true);
    for (const field of copy.querySelectorAll("input[type=hidden]")) field.remove();
    for (const details of copy.querySelectorAll("details")) details.removeAttribute("open");
    return copy.innerHTML;
  };
  const swap = (region, fresh) => {
    const open = [...region.querySelectorAll("details")].map((details) => details.open);
    [...fresh.querySelectorAll("details")].forEach((details, nth) => {
      details.open ||= Boolean(open[nth]);
    });
    region.replaceChildren(...fresh.childNodes);
    document.dispatchEvent(new CustomEvent("fordeling:byttet"));
  };
  const exchange = (page) => {
    for (const region of regions()) {
      const fresh = page.querySelector(`[data-live="${region.dataset.live}"]`);
      if (!fresh || shown(fresh) === shown(region)) stale.delete(region);
      else if (busy(region)) stale.set(region, fresh);
      else {
        stale.delete(region);
        swap(region, document.adoptNode(fresh));
      }
    }
  };
  document.addEventListener("focusout", () =>
    setTimeout(() => {
      for (const [region, fresh] of stale) {
        if (busy(region)) continue;
        stale.delete(region);
        swap(region, document.adoptNode(fresh));
      }
    }),
  );

  const end = () => {
    over = true;
    close();
    say([words.ended], { text: words.login, href: "/logg-inn", apart: true });
  };
  const refresh = async () => {
    fetching = 0;
    fetched = Date.now();
    try {
      const answer = await fetch(words.url || location.href, {
        headers: { "Fordeling-Unattended": "1" },
        redirect: "manual",
        cache: "no-store",
      });
      if (answer.type === "opaqueredirect") end();
      else if (answer.ok) exchange(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // The next one, or the user, fetches it.
    }
  };
  const refreshSoon = () => {
    if (!regions().length || over) return;
    fetching ||= setTimeout(refresh, Math.max(COALESCE / 2, APART - (Date.now() - fetched)));
  };

  const close = () => {
    clearTimeout(retry);
    source?.close();
    source = null;
    root.dataset.stream = "closed";
  };
  const open = () => {
    if (source || over || document.visibilityState !== "visible") return;
    source = new EventSource(`${words.from}?fra=${encodeURIComponent(last)}`);
    source.onopen = () => {
      tries = 0;
      root.dataset.stream = "open";
    };
    source.onmessage = (message) => {
      last = message.lastEventId || last;
      take(JSON.parse(message.data));
    };
    source.addEventListener("behind", (message) => {
      last = message.lastEventId || last;
      texts.push(words.behind);
      saying ||= setTimeout(announce, COALESCE);
      refreshSoon();
    });
    source.addEventListener("ended", end);
    source.onerror = () => {
      // The browser comes back by itself, but not where it was refused.
      if (source?.readyState !== EventSource.CLOSED) return;
      close();
      tries += 1;
      if (tries < TRIES) retry = setTimeout(open, FIRST_PAUSE * 2 ** (tries - 1) * (1 + Math.random()));
    };
  };
  document.addEventListener("visibilitychange", () => {
    tries = 0;
    if (document.visibilityState === "visible") open();
    else close();
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
  root.querySelector("button").addEventListener("click", hush);
  link.addEventListener("click", () => {
    const target = link.hash && document.querySelector(link.hash)?.closest("details");
    if (target) target.open = true;
    if (link.hash) hush();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && root.contains(document.activeElement)) hush();
  });
  open();
})();
