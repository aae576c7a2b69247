// What a browser measures of every picture that it shows: written into the page's title, as JSON.
const channel = c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
canvas.canvas.width = canvas.canvas.height = 1;
const paint = (...colours) => {
  for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
  return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map(c => c / 255);
};
const contrast = (a, b) => {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
};
const paper = getComputedStyle(document.body).backgroundColor;
const behind = node => {
  const faces = [];
  for (let at = node; at && at !== document.body; at = at.parentElement) {
    const face = getComputedStyle(at).backgroundColor;
    if (face && face !== "rgba(0, 0, 0, 0)") faces.unshift(face);
  }
  return [paper, ...faces];
};
const result = {};
for (const section of document.querySelectorAll("section")) {
  const found = [], limit = document.documentElement.clientWidth;
  const say = (what, node) => found.push(`${what}: ${node.textContent.trim().slice(0, 60)}`);
  for (const drawing of section.querySelectorAll("svg")) {
    const box = drawing.getBoundingClientRect();
    if (!box.width) continue;
    const texts = [...drawing.querySelectorAll("text")].map(node => [node, node.getBoundingClientRect()]);
    for (const [node, at] of texts) {
      if (at.left < box.left - 0.5 || at.right > box.right + 0.5 || at.top < box.top - 2 || at.bottom > box.bottom + 2)
        say("beyond the drawing", node);
      const scale = box.width / drawing.viewBox.baseVal.width;
      if (parseFloat(getComputedStyle(node).fontSize) * scale < 10.5) say("too small", node);
      if (contrast(paint(...behind(node), getComputedStyle(node).fill), paint(...behind(node))) < 4.5) say("faint", node);
    }
    texts.forEach(([one, a], index) => texts.slice(index + 1).forEach(([two, b]) => {
      const [wide, high] = [Math.min(a.right, b.right) - Math.max(a.left, b.left), Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)];
      if (wide > 1 && high > 5) say(`covers ${two.textContent}`, one);
    }));
  }
  for (const node of section.querySelectorAll("div,td,th,code,span,summary,b")) {
    const at = node.getBoundingClientRect();
    const own = [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim());
    if (!own || !at.width || node.closest("details")) continue;
    if (at.right > limit + 0.5) say("beyond the page", node);
    if (contrast(paint(...behind(node), getComputedStyle(node).color), paint(...behind(node))) < 4.5) say("faint", node);
  }
  result[section.id] = found;
}
document.title = JSON.stringify(result);
