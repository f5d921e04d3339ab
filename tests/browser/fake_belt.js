// A heart-rate belt as Web Bluetooth shows it, for a browser that has neither. `fakeBelt` is the test's end of it.
(() => {
  const bytes = (...all) => new DataView(Uint8Array.from(all).buffer);

  class Characteristic extends EventTarget {
    value = null;
    async startNotifications() {
      return this;
    }
    async readValue() {
      return bytes(80);
    }
  }

  class Device extends EventTarget {
    measurement = new Characteristic();
    gatt = {
      connect: async () => {
        belt.connects += 1;
        if (belt.away) throw new DOMException("out of reach", "NetworkError");
        belt.connected = true;
        return this.gatt;
      },
      disconnect: () => belt.cut(),
      getPrimaryService: async (service) => ({
        getCharacteristic: async () => (service === "heart_rate" ? this.measurement : new Characteristic()),
      }),
    };
  }

  const belt = {
    device: new Device(),
    connects: 0,
    connected: false,
    away: false,
    asked: [],
    timer: 0,
    /** A packet of these bytes. */
    sends(...all) {
      if (!belt.connected) return;
      belt.device.measurement.value = bytes(...all);
      belt.device.measurement.dispatchEvent(new Event("characteristicvaluechanged"));
    },
    cut() {
      if (!belt.connected) return;
      belt.connected = false;
      belt.device.dispatchEvent(new Event("gattserverdisconnected"));
    },
    /** From now on a heart that swings, told about once a second. */
    wear({ mean, swing, period_ms }) {
      let at = performance.now();
      clearInterval(belt.timer);
      belt.timer = setInterval(() => {
        const ticks = [];
        for (;;) {
          const rr = 60_000 / (mean + (swing / 2) * Math.sin((2 * Math.PI * at) / period_ms));
          if (at + rr > performance.now()) break;
          at += rr;
          ticks.push(Math.round((rr * 1_024) / 1_000));
        }
        belt.sends(0b10110, Math.round(mean), ...ticks.flatMap((tick) => [tick & 255, tick >> 8]));
      }, 1_000);
    },
  };

  const bluetooth = {
    getAvailability: async () => true,
    requestDevice: async (options) => {
      belt.asked.push(options);
      return belt.device;
    },
  };
  Object.defineProperty(Navigator.prototype, "bluetooth", { configurable: true, get: () => bluetooth });
  window.fakeBelt = belt;
})();
