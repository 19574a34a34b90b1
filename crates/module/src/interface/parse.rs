//! Types and methods from the words of a Candid text.

use candid::types::{FuncMode, Function, Label, Type, TypeEnv, TypeInner, internal::Field};

use super::tokens::{Token, tokens};
use crate::text::{NAME_SHOWN, one_line};

/// Types in types at which reading stops: what is written by people is far flatter, and a hostile
/// text must not exhaust the stack.
const NESTING: usize = 100;
/// Names that may stand for each other before one of them is a type.
const NAMES_IN_A_ROW: usize = 16;
/// Bytes of a type's name: names are looked up again and again.
const NAME_BYTES_MAX: usize = 200;

/// An interface: named types, and the service that uses them.
#[derive(Debug)]
pub(super) struct Interface {
    pub(super) env: TypeEnv,
    pub(super) service: Type,
}

impl Interface {
    /// The methods, by name.
    pub(super) fn methods(&self) -> Result<&[(String, Type)], String> {
        let mut service = &self.service;
        if let TypeInner::Class(_, actor) = service.as_ref() {
            service = actor;
        }
        match resolved(&self.env, service)? {
            TypeInner::Service(methods) => Ok(methods),
            other => Err(format!("it is {}", word(other))),
        }
    }
}

/// Reads an interface. The error says on which line it is none.
pub(super) fn parse(text: &str) -> Result<Interface, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, nesting: 0, named: Vec::new() };
    let (env, service) = parser.document()?;
    if let Some(name) = parser.named.iter().find(|name| !env.0.contains_key(*name)) {
        return Err(format!("there is no type `{name}`"));
    }
    let interface = Interface { env, service };
    interface.methods().map_err(|why| format!("its service is none: {why}"))?;
    interface.env.0.values().try_for_each(|ty| resolved(&interface.env, ty).map(|_| ()))?;
    Ok(interface)
}

/// What `ty` is behind the names it goes by. Names that only name each other are an error, and so
/// are more in a row than anybody writes.
pub(super) fn resolved<'a>(env: &'a TypeEnv, ty: &'a Type) -> Result<&'a TypeInner, String> {
    let mut behind = ty.as_ref();
    for _ in 0..=NAMES_IN_A_ROW {
        let TypeInner::Var(name) = behind else { return Ok(behind) };
        behind = env.0.get(name).ok_or_else(|| format!("there is no type `{name}`"))?.as_ref();
    }
    Err(format!("{} is known by too many names", word(ty)))
}

/// What a type is, in a few words.
pub(super) fn word(ty: &TypeInner) -> String {
    match ty {
        TypeInner::Var(name) => format!("`{}`", one_line(name, NAME_SHOWN)),
        TypeInner::Opt(inner) => format!("opt {}", word(inner)),
        TypeInner::Vec(inner) => format!("vec {}", word(inner)),
        TypeInner::Record(_) => "record {…}".to_owned(),
        TypeInner::Variant(_) => "variant {…}".to_owned(),
        TypeInner::Func(_) => "func".to_owned(),
        TypeInner::Service(_) | TypeInner::Class(..) => "service".to_owned(),
        other => PRIMITIVES
            .iter()
            .find(|(_, primitive)| primitive == other)
            .map_or("a type of no text", |(word, _)| word)
            .to_owned(),
    }
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    at: usize,
    nesting: usize,
    /// Names that were used as types.
    named: Vec<String>,
}

impl Parser {
    fn document(&mut self) -> Result<(TypeEnv, Type), String> {
        let mut env = TypeEnv::new();
        loop {
            match self.next() {
                None => return Err("there is no service in it".to_owned()),
                Some(Token::Mark(';')) => {}
                Some(Token::Word(word)) if word == "type" => {
                    let name = self.type_name()?;
                    self.expect(&Token::Mark('='))?;
                    let ty = self.ty()?;
                    if env.0.insert(name.clone(), ty).is_some() {
                        return self.wrong(&format!("`{name}` is there twice"));
                    }
                }
                Some(Token::Word(word)) if word == "service" => {
                    let service = self.main()?;
                    self.accept(&Token::Mark(';'));
                    return match self.next() {
                        None => Ok((env, service)),
                        Some(token) => self.wrong(&format!("{token} stands behind the service")),
                    };
                }
                Some(Token::Word(word)) if word == "import" => {
                    return self.wrong("another file is imported");
                }
                Some(token) => return self.wrong(&format!("{token} begins nothing")),
            }
        }
    }

    /// The service behind its word, with the arguments it is installed with.
    fn main(&mut self) -> Result<Type, String> {
        if !self.accept(&Token::Mark(':')) {
            self.name()?;
            self.expect(&Token::Mark(':'))?;
        }
        if self.peek() != Some(&Token::Mark('(')) {
            return self.actor();
        }
        let installed_with = self.types()?;
        self.expect(&Token::Arrow)?;
        Ok(TypeInner::Class(installed_with, self.actor()?).into())
    }

    fn actor(&mut self) -> Result<Type, String> {
        if self.peek() == Some(&Token::Mark('{')) { self.service() } else { self.variable() }
    }

    fn variable(&mut self) -> Result<Type, String> {
        let name = self.type_name()?;
        self.named.push(name.clone());
        Ok(TypeInner::Var(name).into())
    }

    fn ty(&mut self) -> Result<Type, String> {
        self.nesting = self.nesting.saturating_add(1);
        if self.nesting > NESTING {
            return self.wrong(&format!("types are nested more than {NESTING} deep"));
        }
        let word = match self.next() {
            Some(Token::Word(word)) => word,
            Some(token) => return self.wrong(&format!("{token} is no type")),
            None => return self.wrong("a type is missing"),
        };
        let ty = match word.as_str() {
            "opt" => TypeInner::Opt(self.ty()?),
            "vec" => TypeInner::Vec(self.ty()?),
            "blob" => TypeInner::Vec(TypeInner::Nat8.into()),
            "record" => TypeInner::Record(self.fields(true)?),
            "variant" => TypeInner::Variant(self.fields(false)?),
            "func" => TypeInner::Func(self.function()?),
            "service" => self.service()?.as_ref().clone(),
            other => primitive(other).unwrap_or_else(|| {
                self.named.push(other.to_owned());
                TypeInner::Var(other.to_owned())
            }),
        };
        self.nesting = self.nesting.saturating_sub(1);
        Ok(ty.into())
    }

    /// Fields between braces. What has no label is, in a record, a type that is known by its place;
    /// in a variant it is a label that carries nothing.
    fn fields(&mut self, record: bool) -> Result<Vec<Field>, String> {
        self.expect(&Token::Mark('{'))?;
        let (mut fields, mut place) = (Vec::new(), Some(0_u32));
        while !self.accept(&Token::Mark('}')) {
            let labelled = self.labelled();
            let label = if record && !labelled {
                let Some(place) = place else { return self.wrong("there are too many fields") };
                Label::Unnamed(place)
            } else {
                self.label()?
            };
            let ty = if labelled {
                self.expect(&Token::Mark(':'))?;
                self.ty()?
            } else if record {
                self.ty()?
            } else {
                TypeInner::Null.into()
            };
            place = label.get_id().checked_add(1);
            fields.push(Field { id: label.into(), ty });
            self.separated(';', '}')?;
        }
        fields.sort_by_key(|field| field.id.get_id());
        if !fields.is_sorted_by(|one, other| one.id.get_id() < other.id.get_id()) {
            return self.wrong("two fields are the same on the wire");
        }
        Ok(fields)
    }

    fn label(&mut self) -> Result<Label, String> {
        if let Some(Token::Number(number)) = self.peek() {
            let number = *number;
            self.step();
            return Ok(Label::Id(number));
        }
        self.name().map(Label::Named)
    }

    /// Types between parentheses; their names mean nothing on the wire.
    fn types(&mut self) -> Result<Vec<Type>, String> {
        self.expect(&Token::Mark('('))?;
        let mut types = Vec::new();
        while !self.accept(&Token::Mark(')')) {
            if self.labelled() {
                self.name()?;
                self.expect(&Token::Mark(':'))?;
            }
            types.push(self.ty()?);
            self.separated(',', ')')?;
        }
        Ok(types)
    }

    fn function(&mut self) -> Result<Function, String> {
        let args = self.types()?;
        self.expect(&Token::Arrow)?;
        let rets = self.types()?;
        let mut modes = Vec::new();
        while let Some(Token::Word(word)) = self.peek() {
            modes.push(match word.as_str() {
                "query" => FuncMode::Query,
                "composite_query" => FuncMode::CompositeQuery,
                "oneway" => FuncMode::Oneway,
                _ => break,
            });
            self.step();
        }
        Ok(Function { modes, args, rets })
    }

    fn service(&mut self) -> Result<Type, String> {
        self.expect(&Token::Mark('{'))?;
        let mut methods = Vec::new();
        while !self.accept(&Token::Mark('}')) {
            let name = self.name()?;
            self.expect(&Token::Mark(':'))?;
            let method = if self.peek() == Some(&Token::Mark('(')) {
                TypeInner::Func(self.function()?).into()
            } else {
                self.variable()?
            };
            methods.push((name, method));
            self.separated(';', '}')?;
        }
        methods.sort_by(|(one, _), (other, _)| one.cmp(other));
        if !methods.is_sorted_by(|(one, _), (other, _)| one < other) {
            return self.wrong("two methods have the same name");
        }
        Ok(TypeInner::Service(methods).into())
    }

    fn name(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Word(name) | Token::Text(name)) => Ok(name),
            Some(token) => self.wrong(&format!("{token} is no name")),
            None => self.wrong("a name is missing"),
        }
    }

    /// A name of a type, which unlike those of fields and methods stands in no quotes.
    fn type_name(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Word(name)) if name.len() <= NAME_BYTES_MAX => Ok(name),
            Some(Token::Word(_)) => {
                self.wrong(&format!("a name of a type is longer than {NAME_BYTES_MAX} bytes"))
            }
            Some(token) => self.wrong(&format!("{token} is no name of a type")),
            None => self.wrong("a name is missing"),
        }
    }

    /// Passes over `mark`, which may be left out before `end`.
    fn separated(&mut self, mark: char, end: char) -> Result<(), String> {
        if self.peek() == Some(&Token::Mark(end)) {
            return Ok(());
        }
        self.expect(&Token::Mark(mark))
    }

    /// Whether a colon stands behind the next word.
    fn labelled(&self) -> bool {
        let behind = self.tokens.get(self.at.saturating_add(1));
        behind.is_some_and(|(token, _)| *token == Token::Mark(':'))
    }

    fn step(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.step();
        token
    }

    fn accept(&mut self, wanted: &Token) -> bool {
        let there = self.peek() == Some(wanted);
        if there {
            self.step();
        }
        there
    }

    fn expect(&mut self, wanted: &Token) -> Result<(), String> {
        match self.next() {
            Some(token) if token == *wanted => Ok(()),
            Some(token) => self.wrong(&format!("{token} stands where {wanted} belongs")),
            None => self.wrong(&format!("{wanted} is missing")),
        }
    }

    /// What is wrong with the word that was read last.
    fn wrong<T>(&self, why: &str) -> Result<T, String> {
        let read = self.at.min(self.tokens.len());
        let line =
            read.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(1, |(_, line)| *line);
        Err(format!("line {line}: {why}"))
    }
}

fn primitive(word: &str) -> Option<TypeInner> {
    PRIMITIVES.iter().find(|(name, _)| *name == word).map(|(_, ty)| ty.clone())
}

const PRIMITIVES: [(&str, TypeInner); 18] = [
    ("null", TypeInner::Null),
    ("bool", TypeInner::Bool),
    ("nat", TypeInner::Nat),
    ("int", TypeInner::Int),
    ("nat8", TypeInner::Nat8),
    ("nat16", TypeInner::Nat16),
    ("nat32", TypeInner::Nat32),
    ("nat64", TypeInner::Nat64),
    ("int8", TypeInner::Int8),
    ("int16", TypeInner::Int16),
    ("int32", TypeInner::Int32),
    ("int64", TypeInner::Int64),
    ("float32", TypeInner::Float32),
    ("float64", TypeInner::Float64),
    ("text", TypeInner::Text),
    ("reserved", TypeInner::Reserved),
    ("empty", TypeInner::Empty),
    ("principal", TypeInner::Principal),
];
