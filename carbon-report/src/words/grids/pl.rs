//! Polish.

use super::GridWords;

pub(super) const PL: GridWords = GridWords {
    heading: "Energia elektryczna w czasie",
    note: "Jeśli dostawca zaimportował intensywność emisji sieci według godzin lub miesięcy, zastępuje ona wartość roczną zestawu współczynników: według godzin, gdy godzina wywołań jest znana i zgłoszono ich region, w przeciwnym razie według miesięcy, a w pozostałych przypadkach według lat. Brakujących wartości nie uzupełnia się. Wartości są licencjonowane dostawcy i nie są częścią tego raportu; identyfikuje je skrót kryptograficzny. Nie dotyczy to współczynników opublikowanych. Przyjmuje się, że błąd sieci jest taki sam we wszystkich jej godzinach i miesiącach, dlatego przedział nie jest węższy niż przy wartości rocznej.",
    resolutions: ["według godzin", "według miesięcy", "według lat (zestaw współczynników)"],
    by_resolution: ["Wartość sieci", "Tokeny", "Udział tokenów", "Energia", "Udział energii"],
    series: ["Szereg", "Źródło i licencja", "g CO₂e/kWh", "Udział energii"],
    span: "{from} – {to}; wartości: {values}, luki: {gaps}",
    vintage: "stan {vintage}",
    range: "{low} – {high}, średnia {mean}",
    digest: "SHA-256",
    by_hour: "Obciążenie i intensywność sieci według godziny",
    energy_axis: "Słupki: energia ({unit}) w każdej godzinie dnia (UTC), w miesiącu",
    grid_axis: "Kreski: g CO₂e/kWh, średnia ważona energią",
    by_hour_summary: "Najwięcej energii zużyto w godzinie od {load_hour}; średnia intensywność sieci była najniższa w godzinie od {grid_hour} ({lowest} g/kWh), a najwyższa wyniosła {highest} g/kWh.",
    hours: ["Godzina (UTC)", "Energia"],
    grams_follow: "energia × intensywność sieci w godzinie lub miesiącu (sekcja 3) + sprzęt",
    mean: "średnio",
};
