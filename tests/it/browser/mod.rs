//! The pages in a real browser: Debian's Chromium, through WebDriver.

mod accounting;
mod every_page;
mod journey;
mod verify;

use crate::ports::free_port;
use fantoccini::{
    Client, ClientBuilder, Locator,
    wd::{Capabilities, WebDriverCompatibleCommand},
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// What Chromium does not need here.
const ARGUMENTS: [&str; 8] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
];

/// How long something may take to show.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a test with a driver of its own; one at a time, a browser is heavy.
fn with_driver(test: impl AsyncFnOnce(&Driver)) {
    static ONE: Mutex<()> = Mutex::new(());
    let held = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let driver = Driver::start(held);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(test(&driver));
}

/// A ChromeDriver process on a free port; ended when dropped, with its browsers.
struct Driver {
    process: Child,
    url: String,
    downloads: TempDir,
    _held: MutexGuard<'static, ()>,
}

impl Driver {
    fn start(held: MutexGuard<'static, ()>) -> Self {
        // By itself it would take a port that is free in one protocol, and end if the other has it.
        let port = free_port();
        let mut process = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let started = lines.any(|line| line.starts_with("ChromeDriver was started successfully"));
        assert!(started, "ChromeDriver does not start on port {port}");
        let url = format!("http://127.0.0.1:{port}");
        Driver { process, url, downloads: tempfile::tempdir().unwrap(), _held: held }
    }

    /// A browser with a fresh profile.
    async fn browser(&self) -> Browser {
        let downloads = self.downloads.path().to_str().unwrap();
        let options = json!({
            "args": ARGUMENTS,
            "prefs": {"download.default_directory": downloads, "plugins.always_open_pdf_externally": true},
        });
        let Value::Object(capabilities) =
            json!({"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}})
        else {
            unreachable!("an object")
        };
        let capabilities: Capabilities = capabilities;
        let client =
            ClientBuilder::new(HttpConnector::new()).capabilities(capabilities).connect(&self.url).await;
        Browser { client: client.unwrap() }
    }

    /// The bytes of the file that is downloaded next.
    async fn downloaded(&self, ending: &str) -> Vec<u8> {
        let find = || {
            let files = std::fs::read_dir(self.downloads.path()).unwrap();
            files.map(|file| file.unwrap().path()).find(|path| path.to_str().unwrap().ends_with(ending))
        };
        until("a download", async || find()).await.map(|path| std::fs::read(path).unwrap()).unwrap()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Asks until there is something.
async fn until<T>(what: &str, find: impl AsyncFn() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = find().await {
            return Some(found);
        }
        assert!(Instant::now() < deadline, "{what} does not come");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A browser window.
struct Browser {
    client: Client,
}

impl Browser {
    async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    async fn url(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    /// What is read on the page.
    async fn text(&self) -> String {
        self.text_of("body").await
    }

    async fn text_of(&self, selector: &str) -> String {
        self.client.find(Locator::Css(selector)).await.unwrap().text().await.unwrap()
    }

    async fn count(&self, selector: &str) -> usize {
        self.client.find_all(Locator::Css(selector)).await.unwrap().len()
    }

    /// Writes into a field, in the place of what stands there.
    async fn write(&self, selector: &str, text: &str) {
        let field = self.client.find(Locator::Css(selector)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    async fn click(&self, selector: &str) {
        self.client.find(Locator::Css(selector)).await.unwrap().click().await.unwrap();
    }

    /// Waits for text to show.
    async fn sees(&self, text: &str) {
        let mut last = String::new();
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            // The page may be on its way to the next.
            if let Ok(body) = self.client.find(Locator::Css("body")).await
                && let Ok(found) = body.text().await
            {
                if found.contains(text) {
                    return;
                }
                last = found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{text:?} does not show on {}:\n{last}", self.url().await);
    }

    async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// A command of Chromium's DevTools.
    async fn devtools(&self, command: &'static str, parameters: Value) {
        self.client.issue_cmd(DevTools { command, parameters }).await.unwrap();
    }

    async fn looks(&self, width: u32, scheme: &str) {
        let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    /// Signs up on the page; the live key that it shows.
    async fn signs_up(&self, server: &str, email: &str) -> String {
        self.open(&format!("{server}/signup")).await;
        self.write("#organisation", &format!("{email} Ltd")).await;
        self.write("#email", email).await;
        self.write("#password", "correct horse").await;
        self.click("main button.primary").await;
        self.sees("Your keys").await;
        self.text_of("#live-key").await
    }

    async fn close(self) {
        self.client.close().await.unwrap();
    }
}

#[derive(Debug)]
struct DevTools {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &url::Url, session_id: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session_id.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (hyper::Method, Option<String>) {
        let body = json!({"cmd": self.command, "params": self.parameters});
        (hyper::Method::POST, Some(body.to_string()))
    }
}

/// The judge of accessibility, as text.
fn axe() -> String {
    let path = Path::new(crate::server::ROOT).join("target/node/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}; run .ci/test", path.display()))
}
