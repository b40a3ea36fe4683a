/* A chart of the last minutes: stacked areas, drawn as SVG. */

const SHORTEST = 60;         /* seconds: a page just opened has no more */

let charts = 0;


/* the least of 1, 2, 5, 10, 20 ... that is not less than the value */

function roundUp(value) {
    let unit = 1;

    while (unit * 10 < value) {
        unit *= 10;
    }

    return unit * [1, 2, 5, 10].find(n => unit * n >= value);
}


/* the pattern of a swatch or an area, besides its colour */

function hatch(id, look) {
    const pattern = drawing('pattern', { id, width: 5, height: 5,
        patternUnits: 'userSpaceOnUse',
        patternTransform: look === 'refused' ? 'rotate(45)' : 'rotate(-45)' });

    pattern.append(drawing('path', { d: 'M0 0V5', class: 'hatch-' + look }));

    return pattern;
}


class Chart {
    /* series: [{ name, look, of(sample) }], the highest first, as in the
       legend; null is unknown */

    constructor(name, unit, series) {
        const root = document.getElementById('chart').content.cloneNode(true)
            .firstElementChild;

        this.root = root;
        this.name = name;
        this.unit = unit;
        this.series = series;
        this.id = 'chart-' + charts++;
        this.plot = root.querySelector('.plot svg');
        this.value = root.querySelector('.value');
        this.top = root.querySelector('.top-value');
        this.from = root.querySelector('.from');

        root.querySelector('.name').textContent = name;
        this.addAreas();
        this.addLegend();

        new ResizeObserver(() => this.draw()).observe(this.plot);
    }


    addAreas() {
        const areas = drawing('g', { class: 'area' });

        for (const one of this.series) {
            one.area = drawing('path', { class: 'fill ' + one.look });
            one.line = drawing('path', { class: 'line ' + one.look });
            areas.append(one.area, one.line);

            if (one.look !== 'flow') {
                const id = this.id + '-' + one.look;

                this.plot.append(hatch(id, one.look));
                one.fill = 'url(#' + id + ')';
                one.area.setAttribute('fill', one.fill);
            }
        }

        this.plot.append(areas);
    }


    addLegend() {
        const legend = this.root.querySelector('.legend');

        if (this.series.length < 2) {
            legend.remove();
            return;
        }

        for (const one of this.series) {
            const item = element('li');
            const svg = drawing('svg', { viewBox: '0 0 12 12',
                                         'aria-hidden': 'true' });

            svg.append(drawing('rect', { x: 1, y: 1, width: 10, height: 10,
                class: 'key ' + one.look, ...(one.fill
                    ? { fill: one.fill } : {}) }));
            one.value = element('b');
            item.append(svg, one.name + ' ', one.value);
            legend.append(item);
        }
    }


    /* current: the values of now, of each series, and as text */

    update(samples, now, current, text, most) {
        this.samples = samples;
        this.now = now;
        this.most = most;

        this.value.replaceChildren(text, ' ', element('small', this.unit));

        this.series.forEach((one, i) => {
            if (one.value) {
                setText(one.value, rateText(current[i]));
            }
        });

        this.draw();
        this.describe(text, current);
    }


    describe(text, current) {
        const most = this.points().map(point => point.sums)
            .filter(sums => sums).map(sums => sums[0]);
        const parts = this.series.slice(1).map((one, i) =>
            one.name + ' ' + rateText(current[i + 1]));

        this.plot.setAttribute('aria-label', this.name + ' over the last '
            + durationText(this.span()) + ': now ' + text + ' ' + this.unit
            + ', at most ' + rateText(Math.max(0, ...most))
            + (parts.length ? '; of these ' + listText(parts) : '') + '.');
    }


    span() {
        const first = this.samples[0];
        const age = first ? this.now - first.time : 0;

        return Math.min(this.most, Math.max(SHORTEST,
            Math.ceil(age / 60) * 60));
    }


    /* sums[i] is where the area of series i ends, sums[i + 1] where it begins;
       null if unknown */

    points() {
        return this.samples.map((sample, i) => {
            const before = i ? this.samples[i - 1].time : sample.time;
            const values = this.series.map(one => one.of(sample));
            const sums = values.map((value, n) =>
                values.slice(n).reduce((a, b) => a + b));

            return {
                time: sample.time,
                gap: sample.time - before > GAP,
                sums: values.includes(null) ? null : [...sums, 0]
            };
        });
    }


    draw() {
        if (!this.samples) {
            return;
        }

        const points = this.points();
        const known = points.filter(point => point.sums);
        const most = roundUp(Math.max(1, ...known.map(point =>
            point.sums[0])));
        const width = this.plot.clientWidth;
        const height = this.plot.clientHeight;
        const span = this.span();
        const x = time => (width - (this.now - time) / span * width).toFixed(1);
        const y = sum => (height - sum / most * (height - 2)).toFixed(1);

        this.series.forEach((one, i) => {
            const path = (run, n) => run.map(point =>
                x(point.time) + ' ' + y(point.sums[n])).join('L');
            const stretches = runs(points, i);

            one.line.setAttribute('d', stretches.map(run =>
                'M' + path(run, i)).join(''));
            one.area.setAttribute('d', stretches.map(run => 'M' + path(run, i)
                + 'L' + path(run.slice().reverse(), i + 1) + 'Z').join(''));
        });

        setText(this.top, number.format(most));
        setText(this.from, durationText(span) + ' ago');
    }
}


/* the stretches without a gap in which series i is not 0: there its line would
   hide the one below.  The first series is always drawn. */

function runs(points, i) {
    const there = point => point && !point.gap && point.sums
        && (!i || point.sums[i] > point.sums[i + 1]);
    const all = [];
    let run = [];

    points.forEach((point, n) => {
        if (point.gap || !point.sums) {
            all.push(run);
            run = [];
        }

        if (point.sums && (!i || there(point) || there(points[n + 1])
            || there(points[n - 1])))
        {
            run.push(point);

        } else {
            all.push(run);
            run = [];
        }
    });

    all.push(run);

    return all.filter(one => one.length > 1);
}
