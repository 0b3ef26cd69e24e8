/** The simulator's stand-in for SumUp's script: the same calls, and a form in a frame of its own. */

(() => {
  const gateway = new URL(".", document.currentScript.src);
  const CONTAINER = "[data-sumup-id=widget__container]";
  // The real one, too, writes its looks into the page: a shop's policy has to let it.
  const LOOKS = `${CONTAINER} { min-height: 4rem; } ${CONTAINER} iframe { display: block; width: 100%; border: 0; }`;

  function mount({ id = "sumup-card", checkoutId, amount, currency, locale = "en-GB", onLoad, onResponse }) {
    const place = document.getElementById(id);
    if (!place) throw new Error(`there is no element with the id ${id}`);
    const style = document.createElement("style");
    style.textContent = LOOKS;
    const container = document.createElement("div");
    container.dataset.sumupId = "widget__container";
    const frame = document.createElement("iframe");
    frame.title = "Card details";
    frame.allow = "payment";
    container.append(frame);
    place.replaceChildren(style, container);

    const tell = (type, body) => onResponse?.(type, body);
    const hear = (message) => {
      if (message.source !== frame.contentWindow || message.origin !== gateway.origin) return;
      const { type, body, height } = message.data;
      if (height) frame.style.height = `${height}px`;
      if (type === "load") onLoad?.();
      else if (type === "auth-screen") goToBank(body.next_step, tell);
      else if (type) tell(type, body);
    };
    window.addEventListener("message", hear);
    begin();

    async function begin() {
      let session;
      try {
        session = await (await fetch(new URL(`sessions/${encodeURIComponent(checkoutId)}`, gateway))).json();
      } catch (problem) {
        tell("error", { message: String(problem) });
        return;
      }
      if (!session.open) {
        tell("fail", { message: "The session has timed out" });
        return;
      }
      const query = new URLSearchParams({ shop: location.origin, label: labelOf(amount, currency, locale) });
      frame.src = new URL(`form/${encodeURIComponent(checkoutId)}?${query}`, gateway);
    }

    return {
      unmount() {
        window.removeEventListener("message", hear);
        place.replaceChildren();
      },
    };
  }

  function labelOf(amount, currency, locale) {
    if (!amount || !currency) return "";
    return `Pay ${new Intl.NumberFormat(locale, { style: "currency", currency }).format(amount)}`;
  }

  /** The whole window goes to the bank, which sends it to the checkout's redirect_url afterwards. */
  function goToBank(step, tell) {
    if (!step.redirect_url) {
      tell("error", { message: "The simulator needs a redirect_url to ask the bank" });
      return;
    }
    tell("auth-screen", { next_step: step });
    const form = document.createElement("form");
    form.method = step.method;
    form.action = step.url;
    for (const [name, value] of Object.entries(step.payload)) {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name, value });
      form.append(input);
    }
    document.body.append(form);
    form.submit();
  }

  window.SumUpCard = { mount };
})();
