/* Numbers, times and small pieces of the page. */

const number = new Intl.NumberFormat('en');
const clock = new Intl.DateTimeFormat('en-GB',
    { hour: '2-digit', minute: '2-digit' });
const clockSeconds = new Intl.DateTimeFormat('en-GB',
    { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB',
    { day: 'numeric', month: 'short' });


/* a time in seconds since 1970, without the day if that is today */

function timeText(seconds, now) {
    const date = new Date(seconds * 1000);
    const today = day.format(date) === day.format(new Date(now * 1000));

    return today ? clock.format(date)
        : day.format(date) + ', ' + clock.format(date);
}


/* how long ago, in its greatest unit */

function ageText(seconds) {
    return seconds < 1 ? 'just now'
        : durationText(seconds).split(' ').slice(0, 2).join(' ') + ' ago';
}


/* a time and its age */

function sinceText(seconds, now) {
    return timeText(seconds, now) + ', ' + ageText(now - seconds);
}


/* a length of time in its two greatest units */

function durationText(seconds) {
    if (seconds < 1) {
        return 'under 1 s';
    }

    const s = Math.floor(seconds);
    const units = [[Math.floor(s / 86400), 'd'], [Math.floor(s / 3600) % 24, 'h'],
                   [Math.floor(s / 60) % 60, 'min'], [s % 60, 's']];
    const first = units.findIndex(([n]) => n > 0);

    return units.slice(first, first + 2).filter(([n]) => n > 0)
        .map(([n, unit]) => n + ' ' + unit).join(' ');
}


function rateText(rate) {
    return number.format(rate < 10 ? Math.round(rate * 10) / 10
                                   : Math.round(rate));
}


/* "3 hooks", "1 hook", "–" if unknown */

function countText(n, one, many) {
    if (n === null || n === undefined) {
        return '–';
    }

    return number.format(n) + (one ? ' ' + (n === 1 ? one : many) : '');
}


/* a, b and c */

function listText(items) {
    return items.length < 2 ? items.join('')
        : items.slice(0, -1).join(', ') + ' and ' + items[items.length - 1];
}


function element(name, text, className) {
    const node = document.createElement(name);

    if (text !== undefined) {
        node.textContent = text;
    }

    if (className) {
        node.className = className;
    }

    return node;
}


function drawing(name, attributes) {
    const node = document.createElementNS('http://www.w3.org/2000/svg', name);

    for (const key of Object.keys(attributes || {})) {
        node.setAttribute(key, attributes[key]);
    }

    return node;
}


/* an unchanged text is left alone: a reader may have selected it */

function setText(node, text) {
    if (node.textContent !== text) {
        node.textContent = text;
    }
}


/* Levels: each has a colour, a shape and a word */

const levels = ['good', 'info', 'unknown', 'look', 'act'];

const ring = 'M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18z';

const shapes = {
    good: ring + 'M8 12.4l2.8 2.8L16 9.6',
    info: ring + 'M12 11.2v5M12 7.8v.01',
    unknown: ring + 'M9.6 9.6a2.45 2.45 0 1 1 3.4 2.3c-.7.3-1 .8-1 1.6M12 16.6v.01',
    look: 'M12 3.6L2.6 20h18.8zM12 10v4.6M12 17.2v.01',
    act: 'M8.2 3h7.6L21 8.2v7.6L15.8 21H8.2L3 15.8V8.2zM9.2 9.2l5.6 5.6M14.8 9.2l-5.6 5.6'
};

const words = {
    good: 'All well',
    info: 'All well',
    unknown: 'Unknown',
    look: 'Needs attention',
    act: 'Needs action now'
};


function worst(list) {
    return list.reduce((a, b) =>
        levels.indexOf(b) > levels.indexOf(a) ? b : a, 'good');
}


function setSign(svg, level) {
    if (svg.dataset.shape !== level) {
        svg.dataset.shape = level;
        svg.replaceChildren(drawing('path', { d: shapes[level] }));
    }
}


function sign(level) {
    const svg = drawing('svg', { class: 'sign', viewBox: '0 0 24 24',
                                 'aria-hidden': 'true' });

    setSign(svg, level);

    return svg;
}
