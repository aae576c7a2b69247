// Keccak-256 of a Uint8Array. The value of this script is the function. Lanes are pairs of 32-bit words, the low one first.
(() => {
    const RATE = 136;
    const PATH = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];
    const TURNS = PATH.map((_, step) => ((step + 1) * (step + 2) / 2) % 64);
    const CONSTANTS = new Int32Array(48);
    let register = 1;
    for (let round = 0; round < 24; round++) {
        for (let j = 0; j < 7; j++) {
            const place = 2 ** j - 1;
            if (register & 1) CONSTANTS[2 * round + (place >> 5)] |= 1 << (place & 31);
            register = (register << 1) ^ (register & 0x80 ? 0x171 : 0);
        }
    }
    const state = new Int32Array(50), row = new Int32Array(10);

    function permute() {
        for (let round = 0; round < 24; round++) {
            for (let x = 0; x < 10; x++) row[x] = state[x] ^ state[x + 10] ^ state[x + 20] ^ state[x + 30] ^ state[x + 40];
            for (let x = 0; x < 10; x += 2) {
                const left = (x + 8) % 10, right = (x + 2) % 10;
                const low = row[left] ^ (row[right] << 1 | row[right + 1] >>> 31);
                const high = row[left + 1] ^ (row[right + 1] << 1 | row[right] >>> 31);
                for (let lane = x; lane < 50; lane += 10) {
                    state[lane] ^= low;
                    state[lane + 1] ^= high;
                }
            }
            let low = state[2], high = state[3];
            for (let step = 0; step < 24; step++) {
                const lane = 2 * PATH[step], by = TURNS[step] & 31;
                const [a, b] = TURNS[step] < 32 ? [low, high] : [high, low];
                low = state[lane];
                high = state[lane + 1];
                state[lane] = by ? a << by | b >>> (32 - by) : a;
                state[lane + 1] = by ? b << by | a >>> (32 - by) : b;
            }
            for (let start = 0; start < 50; start += 10) {
                for (let x = 0; x < 10; x++) row[x] = state[start + x];
                for (let x = 0; x < 10; x++) state[start + x] ^= ~row[(x + 2) % 10] & row[(x + 4) % 10];
            }
            state[0] ^= CONSTANTS[2 * round];
            state[1] ^= CONSTANTS[2 * round + 1];
        }
    }

    return data => {
        state.fill(0);
        const whole = data.length - data.length % RATE;
        for (let start = 0; start < whole; start += RATE) {
            for (let byte = 0; byte < RATE; byte++) state[byte >> 2] ^= data[start + byte] << 8 * (byte & 3);
            permute();
        }
        for (let byte = whole; byte < data.length; byte++) state[(byte - whole) >> 2] ^= data[byte] << 8 * (byte & 3);
        const end = data.length - whole;
        state[end >> 2] ^= 1 << 8 * (end & 3);
        state[(RATE - 1) >> 2] ^= 0x80 << 24;
        permute();
        return new Uint8Array(state.slice(0, 8).buffer);
    };
})()
