//! A ledger to test with: a file or, with `CARBON_TEST_STORE=postgres`, a database on the server that
//! `CARBON_TEST_POSTGRES` names, with `CARBON_TEST_BOOKS` books. With `CARBON_TEST_CITUS=1` that is the coordinator of Citus, and the
//! database in its URL lists the nodes.

use crate::{
    citus,
    server::{Server, binary},
};
use postgres::{Client, NoTls, SimpleQueryMessage, SimpleQueryRow};
use rusqlite::config::DbConfig;
use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::{Command, Output},
    sync::atomic::{AtomicU32, Ordering},
};
use tempfile::TempDir;

/// A folder with a ledger in it or beside it, which outlives the servers that use it.
pub(crate) struct Ledger {
    folder: TempDir,
    database: Option<Database>,
    /// How many books it is made with, on a server.
    books: String,
    /// What its programs find in their environment besides.
    variables: Vec<(String, String)>,
}

/// A database of its own, dropped at the end.
struct Database {
    /// Of the server, with another database.
    server: String,
    name: String,
    /// The same, of the other nodes of Citus.
    nodes: Vec<String>,
}

impl Ledger {
    /// On the store under test.
    pub(crate) fn new() -> Self {
        match std::env::var("CARBON_TEST_STORE").as_deref() {
            Ok("postgres") => Self::on_server(std::env::var("CARBON_TEST_POSTGRES").unwrap()),
            _ => Self::in_file(),
        }
    }

    /// The same, in one book: for what speaks of rows by their numbers.
    pub(crate) fn in_one_book() -> Self {
        Ledger { books: "1".to_owned(), ..Self::new() }
    }

    /// In a file, whatever the store under test: for what only files have.
    pub(crate) fn in_file() -> Self {
        Ledger {
            folder: tempfile::tempdir().unwrap(),
            database: None,
            books: "1".to_owned(),
            variables: Vec::new(),
        }
    }

    /// On a PostgreSQL server.
    pub(crate) fn on_server(server: String) -> Self {
        Self::with_books(server, &std::env::var("CARBON_TEST_BOOKS").unwrap_or_else(|_| "1".to_owned()))
    }

    /// The same, with so many books.
    pub(crate) fn with_books(server: String, books: &str) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let nodes = citus::nodes(&server);
        for node in [&server].into_iter().chain(&nodes) {
            run_on_server(node, &format!("create database {name}"));
        }
        let database = Database { server, name, nodes };
        citus::join(&database.server, &database.url(), &database.urls_of_nodes());
        Ledger {
            folder: tempfile::tempdir().unwrap(),
            database: Some(database),
            books: books.to_owned(),
            variables: Vec::new(),
        }
    }

    /// The file, where it is one; else a name in a folder of its own.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("carbon.db")
    }

    /// Where a file keeps the key of its checkpoints.
    pub(crate) fn checkpoint_key(&self) -> String {
        format!("{}.checkpoint-key", self.path().display())
    }

    /// As `--database` takes it. A server of tests may be one that is fast, and not one that keeps what it has.
    pub(crate) fn url(&self) -> String {
        match &self.database {
            Some(database) => {
                format!("{}?allow_fsync_off=true&allow_full_page_writes_off=true", database.url())
            }
            None => format!("sqlite:{}", self.path().display()),
        }
    }

    /// The file itself, for a look past the server.
    pub(crate) fn open(&self) -> rusqlite::Connection {
        assert!(self.database.is_none(), "it is no file");
        rusqlite::Connection::open(self.path()).unwrap()
    }

    /// Changes something past the server.
    pub(crate) fn execute(&self, sql: &str) {
        match &self.database {
            Some(database) => run_on_server(&database.url(), sql),
            None => self.open().execute_batch(sql).unwrap(),
        }
    }

    /// The same, where it may be refused: with what words.
    pub(crate) fn try_execute(&self, sql: &str) -> Result<(), String> {
        let database = self.database.as_ref().expect("it is on a server");
        let done = on_server(&database.url(), |client| client.batch_execute(sql));
        done.map_err(|error| {
            error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
        })
    }

    /// Runs a statement, and stays in its transaction until what is returned is dropped.
    pub(crate) fn hold(&self, sql: &str) -> impl Drop {
        struct Held(Option<std::sync::mpsc::Sender<()>>, Option<std::thread::JoinHandle<()>>);
        impl Drop for Held {
            fn drop(&mut self) {
                drop(self.0.take());
                self.1.take().unwrap().join().unwrap();
            }
        }
        let (url, sql) = (self.database.as_ref().unwrap().url(), sql.to_owned());
        let (done, is_done) = std::sync::mpsc::channel();
        let (go_on, wait) = std::sync::mpsc::channel::<()>();
        let holding = std::thread::spawn(move || {
            let mut client = connected(&url);
            client.batch_execute(&sql).unwrap();
            done.send(()).unwrap();
            let _done = wait.recv();
        });
        is_done.recv().unwrap();
        Held(Some(go_on), Some(holding))
    }

    /// A copy of it, while nobody has it open.
    pub(crate) fn copy(&self) -> Self {
        let Some(Database { server, name, nodes }) = &self.database else {
            let copy = Ledger::in_file();
            std::fs::copy(self.path(), copy.path()).unwrap();
            return copy;
        };
        assert!(nodes.is_empty(), "a ledger on several nodes is not copied");
        let copy = Ledger::with_books(server.clone(), &self.books);
        let to = &copy.database.as_ref().unwrap().name;
        run_on_server(server, &format!("drop database {to}"));
        run_on_server(server, &format!("create database {to} template {name}"));
        copy
    }

    /// Changes what must not be changed: what stands in the way of a slip does not stop intent. The schema is left as it was.
    pub(crate) fn tamper(&self, sql: &str) -> u64 {
        self.try_tamper(sql).unwrap()
    }

    /// The same, where the schema may have checks that stand in the way; how many rows were changed.
    pub(crate) fn try_tamper(&self, sql: &str) -> Result<u64, String> {
        if let Some(database) = &self.database {
            let sql = sql
                .replace("zeroblob(32)", "decode(repeat('00', 32), 'hex')")
                .replace("zeroblob(16)", "decode(repeat('00', 16), 'hex')")
                .replace("x'00'", "'\\x00'");
            return on_server(&database.url(), |client| {
                client.batch_execute("set session_replication_role = replica").unwrap();
                client.execute(&sql, &[]).map_err(|error| error.to_string())
            });
        }
        let book = self.open();
        book.pragma_update(None, "foreign_keys", false).unwrap();
        book.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false).unwrap();
        let changed = book.execute(sql, []).map_err(|error| error.to_string())?;
        Ok(changed as u64)
    }

    /// Takes back what was changed in a table of a copy.
    pub(crate) fn take_back(&self, pristine: &Self, table: &str) {
        if self.is_file() {
            std::fs::copy(pristine.path(), self.path()).unwrap();
            return;
        }
        let url = |ledger: &Self| ledger.database.as_ref().unwrap().url();
        let mut rows = Vec::new();
        on_server(&url(pristine), |client| {
            let mut out = client.copy_out(&format!("copy (select * from {table}) to stdout")).unwrap();
            std::io::Read::read_to_end(&mut out, &mut rows).unwrap();
        });
        on_server(&url(self), |client| {
            client
                .batch_execute(&format!("set session_replication_role = replica; delete from {table}"))
                .unwrap();
            let mut into = client.copy_in(&format!("copy {table} from stdin")).unwrap();
            std::io::Write::write_all(&mut into, &rows).unwrap();
            into.finish().unwrap();
        });
    }

    /// Its tables, with their columns.
    pub(crate) fn tables(&self) -> BTreeMap<String, Vec<String>> {
        let columns = self.rows(match self.database {
            Some(_) => {
                "select relname, attname from pg_class join pg_attribute on attrelid = pg_class.oid
                  where relnamespace = any (current_schemas(false)::text[]::regnamespace[]) and relkind in ('r', 'p') and not relispartition
                    and attnum > 0 and not attisdropped
                  order by relname, attnum"
            }
            None => {
                "select tables.name, columns.name from pragma_table_list as tables, pragma_table_info(tables.name) as columns
                  where tables.schema = 'main' and tables.name not like 'sqlite_%' order by tables.name, columns.cid"
            }
        });
        let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for mut row in columns {
            let column = row.pop().unwrap();
            tables.entry(row.pop().unwrap()).or_default().push(column);
        }
        tables
    }

    /// The condition that picks the first row of a table.
    pub(crate) fn first_row(&self, table: &str) -> String {
        if self.database.is_some() {
            return format!("(tableoid, ctid) = (select tableoid, ctid from {table} order by 1, 2 limit 1)");
        }
        let keys =
            self.rows(&format!("select name from pragma_table_info('{table}') where pk > 0 order by pk"));
        let keys: Vec<String> = keys.concat();
        let key = if keys.is_empty() { "rowid".to_owned() } else { keys.join(", ") };
        format!("({key}) = (select {key} from {table} order by {key} limit 1)")
    }

    /// How many tables, views and the like there are.
    pub(crate) fn objects(&self) -> u64 {
        self.count(match self.database {
            Some(_) => "select count(*) from pg_class where relnamespace = any (current_schemas(false)::text[]::regnamespace[])",
            None => "select count(*) from sqlite_schema",
        })
    }

    /// Whether it is a file.
    pub(crate) fn is_file(&self) -> bool {
        self.database.is_none()
    }

    /// Rows as texts, a UUID in its usual writing; what is null is empty.
    pub(crate) fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        let Some(database) = &self.database else { return rows_of_file(&self.open(), sql) };
        let messages = on_server(&database.url(), |client| client.simple_query(sql)).unwrap();
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let texts = |row: &SimpleQueryRow| {
            (0..row.len()).map(|column| row.get(column).unwrap_or("").to_owned()).collect()
        };
        rows.map(texts).collect()
    }

    /// One number.
    pub(crate) fn count(&self, sql: &str) -> u64 {
        self.rows(sql)[0][0].parse().unwrap()
    }

    /// All that is kept: the files and their WAL, or every row of the database.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let mut bytes: Vec<u8> =
            files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
        if let Some(database) = &self.database {
            let dump = Command::new("pg_dump").arg("--dbname").arg(database.url()).output().unwrap();
            assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
            bytes.extend(dump.stdout);
        }
        bytes
    }

    /// Runs `carbon-server` with arguments and this ledger, to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(binary());
        command.args(arguments).args(["--database", &self.url()]);
        self.told(command).output().unwrap()
    }

    /// Has its programs find something in their environment.
    pub(crate) fn set_variables(&mut self, variables: &[(&str, &str)]) {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        self.variables = variables.iter().map(owned).collect();
    }

    /// A command that, where it makes this ledger, makes it with its books.
    pub(crate) fn told(&self, mut command: Command) -> Command {
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        if self.database.is_some() {
            command.env("CARBON_BOOKS", &self.books);
        }
        command
    }

    /// What `carbon-server check` prints of a ledger that is sound.
    #[track_caller]
    pub(crate) fn check(&self) -> String {
        let output = self.run(&["check"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    pub(crate) fn serve_with(&self, arguments: &[&str]) -> Server {
        let mut command = Command::new(binary());
        command.args(arguments);
        self.start(command)
    }

    /// On an address from [`crate::ports`], which it can leave and come back to.
    pub(crate) fn serve_at(&self, address: &str, arguments: &[&str]) -> Server {
        let mut command = Command::new(binary());
        command.args(arguments);
        Server::start(self.told(command), address, &self.url())
    }

    /// Starts `command`, which ends in the server and takes its arguments.
    pub(crate) fn start(&self, command: Command) -> Server {
        Server::start(self.told(command), "127.0.0.1:0", &self.url())
    }
}

impl Database {
    fn url(&self) -> String {
        self.url_on(&self.server)
    }

    fn urls_of_nodes(&self) -> Vec<String> {
        self.nodes.iter().map(|node| self.url_on(node)).collect()
    }

    fn url_on(&self, server: &str) -> String {
        let (server, _) = server.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // With force: a server that was killed may still be connected.
        let sql = format!("drop database {} with (force)", self.name);
        for server in [&self.server].into_iter().chain(&self.nodes) {
            let dropped = on_server(server, |client| client.batch_execute(&sql));
            if let Err(error) = dropped {
                eprintln!("{}: {error}", self.name);
            }
        }
    }
}

/// Speaks to a server. On a thread of its own: tests of the browser run on a runtime, in which this client may not wait.
pub(crate) fn on_server<T: Send>(url: &str, speak: impl FnOnce(&mut Client) -> T + Send) -> T {
    let spoken = std::thread::scope(|threads| threads.spawn(|| speak(&mut connected(url))).join());
    spoken.unwrap()
}

/// A connection that finds the tables of the book of the first account, and those that books share.
fn connected(url: &str) -> Client {
    let mut client = Client::connect(url, NoTls).unwrap();
    let has_books = client.query_one("select to_regclass('book') is not null", &[]).unwrap();
    if has_books.get(0) {
        // Not by the list of books, which a test may have changed.
        let place = "select set_config('search_path', format('book_%s,public', coalesce(
                            (select account_key / 1099511627776 + 1 from account order by created_at_ms, account_id limit 1), 1)), false)";
        client.query_one(place, &[]).unwrap();
    }
    client
}

/// Runs statements on a server.
pub(crate) fn run_on_server(url: &str, sql: &str) {
    on_server(url, |client| client.batch_execute(sql)).unwrap();
}

fn rows_of_file(file: &rusqlite::Connection, sql: &str) -> Vec<Vec<String>> {
    use rusqlite::types::ValueRef;
    let mut statement = file.prepare(sql).unwrap();
    let columns = statement.column_count();
    let texts = |row: &rusqlite::Row<'_>| {
        (0..columns)
            .map(|column| {
                Ok(match row.get_ref(column)? {
                    ValueRef::Null => String::new(),
                    ValueRef::Integer(number) => number.to_string(),
                    ValueRef::Real(number) => number.to_string(),
                    ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                    ValueRef::Blob(bytes) => match uuid::Uuid::from_slice(bytes) {
                        Ok(uuid) => uuid.to_string(),
                        Err(_) => format!("{bytes:?}"),
                    },
                })
            })
            .collect()
    };
    statement.query_map([], texts).unwrap().map(Result::unwrap).collect()
}
