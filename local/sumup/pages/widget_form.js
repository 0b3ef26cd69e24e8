/** The card form: pays by the public process call, and tells the shop's page what happens. */

const form = document.forms.card;
const { checkout, shop } = form.dataset;
const button = form.elements.pay;
const problem = document.getElementById("problem");

const tell = (type, body) => window.parent.postMessage({ type, body, height: document.documentElement.offsetHeight }, shop);

new ResizeObserver(() => tell()).observe(document.documentElement);
form.addEventListener("submit", pay);
form.elements.cancel.addEventListener("click", () => tell("fail", { message: "The buyer cancelled" }));
for (const one of document.querySelectorAll("[data-number]")) one.addEventListener("click", () => use(one.dataset.number));
tell("load");

function use(number) {
  form.elements.number.value = number.replace(/(.{4})(?=.)/g, "$1 ");
  form.elements.name.value ||= "A. Buyer";
  form.elements.expiry.value ||= "12/30";
  form.elements.cvv.value ||= "123";
  button.focus();
}

async function pay(submitted) {
  submitted.preventDefault();
  const card = read();
  const wrong = !/^\d{12,19}$/.test(card.number) ? "number" : !card.name ? "name" : !card.expiry_year ? "expiry" : !card.cvv ? "cvv" : null;
  for (const name of ["number", "name", "expiry", "cvv"]) form.elements[name].ariaInvalid = String(name === wrong);
  problem.textContent = wrong ? form.elements[wrong].dataset.wrong : "";
  if (wrong) {
    form.elements[wrong].focus();
    tell("invalid");
    return;
  }
  busy(true);
  tell("sent", { last_four_digits: card.number.slice(-4) });
  try {
    const answer = await fetch(`/v0.1/checkouts/${checkout}`, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ payment_type: "card", card }),
    });
    const body = await answer.json();
    tell(!answer.ok ? "error" : body.next_step ? "auth-screen" : "success", body);
    if (!answer.ok) problem.textContent = "SumUp did not accept these details.";
  } catch (failure) {
    problem.textContent = "No answer from SumUp.";
    tell("error", { message: String(failure) });
  }
  busy(false);
}

function read() {
  const [, month, year] = /^(0[1-9]|1[0-2])\s*\/\s*(?:20)?(\d\d)$/.exec(form.elements.expiry.value.trim()) ?? [];
  return {
    number: form.elements.number.value.replace(/[\s-]/g, ""),
    name: form.elements.name.value.trim(),
    expiry_month: month,
    expiry_year: year && `20${year}`,
    cvv: form.elements.cvv.value.trim(),
  };
}

function busy(yes) {
  form.ariaBusy = String(yes);
  for (const element of form.elements) element.disabled = yes;
}
