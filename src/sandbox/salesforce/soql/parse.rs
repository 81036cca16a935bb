//! From tokens to a [`Statement`]: one function a rule of the grammar.

use super::Mistake;
use super::lex::{Token, TokenKind, lex};
use super::tree::{
    Condition, Expression, Function, Item, Literal, Name, Operator, Order, Statement, TypeOf, Which,
};

/// Parses a whole statement.
pub(super) fn parse(statement: &str) -> Result<Statement, Mistake> {
    let tokens = lex(statement)?;
    let mut parser = Parser { tokens, next: 0, depth: 0 };
    let parsed = parser.statement()?;
    match parser.peek() {
        TokenKind::End => Ok(parsed),
        _ => Err(parser.unexpected()),
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

/// Deeper nesting than any honest statement has.
const DEEPEST: usize = 200;

impl Parser {
    fn peek(&self) -> &TokenKind {
        &self.tokens[self.next].kind
    }

    fn at(&self) -> usize {
        self.tokens[self.next].at
    }

    fn advance(&mut self) -> TokenKind {
        let kind = self.tokens[self.next].kind.clone();
        if self.next + 1 < self.tokens.len() {
            self.next += 1;
        }
        kind
    }

    fn unexpected(&self) -> Mistake {
        let what = match self.peek() {
            TokenKind::Word(word) | TokenKind::Moment(word) => word.clone(),
            TokenKind::Text(text) => text.clone(),
            TokenKind::Number(number) => number.to_string(),
            TokenKind::Sign(sign) => (*sign).to_owned(),
            TokenKind::End => "<EOF>".to_owned(),
        };
        Mistake::malformed(self.at(), format!("unexpected token: '{what}'"))
    }

    fn is(&self, keyword: &str) -> bool {
        matches!(self.peek(), TokenKind::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    fn takes(&mut self, keyword: &str) -> bool {
        let found = self.is(keyword);
        if found {
            self.advance();
        }
        found
    }

    fn needs(&mut self, keyword: &str) -> Result<(), Mistake> {
        if self.takes(keyword) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), TokenKind::Sign(next) if *next == sign);
        if found {
            self.advance();
        }
        found
    }

    fn needs_sign(&mut self, sign: &str) -> Result<(), Mistake> {
        if self.takes_sign(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn name(&mut self) -> Result<Name, Mistake> {
        let at = self.at();
        match self.peek() {
            TokenKind::Word(word)
                if !word.starts_with('.')
                    && !word.ends_with('.')
                    && !word.contains("..")
                    && !reserved(word) =>
            {
                let text = word.clone();
                self.advance();
                Ok(Name { text, at })
            }
            _ => Err(self.unexpected()),
        }
    }

    fn count(&mut self) -> Result<u64, Mistake> {
        match *self.peek() {
            TokenKind::Number(number) if number >= 0.0 && number.fract() == 0.0 => {
                self.advance();
                Ok(number as u64)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn deeper(&mut self) -> Result<(), Mistake> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Mistake::new("QUERY_TOO_COMPLICATED", self.at(), "Query is too complicated."));
        }
        Ok(())
    }

    fn statement(&mut self) -> Result<Statement, Mistake> {
        let at = self.at();
        self.deeper()?;
        self.needs("SELECT")?;
        let mut items = vec![self.item()?];
        while self.takes_sign(",") {
            items.push(self.item()?);
        }
        self.needs("FROM")?;
        let from = self.name()?;
        self.takes("AS");
        let alias = match self.peek() {
            TokenKind::Word(word) if !clause(word) => Some(self.name()?.text),
            _ => None,
        };
        if self.takes("USING") {
            self.needs("SCOPE")?;
            self.name()?;
        }
        let condition = if self.takes("WHERE") { Some(self.condition()?) } else { None };
        if self.takes("WITH") {
            self.name()?;
        }
        let mut group_by = Vec::new();
        if self.takes("GROUP") {
            self.needs("BY")?;
            group_by.push(self.expression()?);
            while self.takes_sign(",") {
                group_by.push(self.expression()?);
            }
        }
        let having = if self.takes("HAVING") { Some(self.condition()?) } else { None };
        let mut order_by = Vec::new();
        if self.takes("ORDER") {
            self.needs("BY")?;
            order_by.push(self.order()?);
            while self.takes_sign(",") {
                order_by.push(self.order()?);
            }
        }
        let limit = if self.takes("LIMIT") { Some(self.count()?) } else { None };
        let offset = if self.takes("OFFSET") { Some(self.count()?) } else { None };
        while self.takes("FOR") {
            if !(self.takes("VIEW") || self.takes("REFERENCE") || self.takes("UPDATE")) {
                return Err(self.unexpected());
            }
        }
        let all_rows = self.takes("ALL");
        if all_rows {
            self.needs("ROWS")?;
        }
        self.depth -= 1;
        Ok(Statement {
            items,
            from,
            alias,
            condition,
            group_by,
            having,
            order_by,
            limit,
            offset,
            all_rows,
            at,
        })
    }

    fn item(&mut self) -> Result<Item, Mistake> {
        let at = self.at();
        if self.takes_sign("(") {
            let query = self.statement()?;
            self.needs_sign(")")?;
            return Ok(Item::Children(Box::new(query)));
        }
        if self.is("TYPEOF") {
            return self.type_of();
        }
        if self.is("FIELDS") && self.followed_by("(") {
            self.advance();
            self.advance();
            let which = self.name()?;
            self.needs_sign(")")?;
            let which = match which.text.to_ascii_uppercase().as_str() {
                "ALL" => Which::All,
                "STANDARD" => Which::Standard,
                "CUSTOM" => Which::Custom,
                _ => return Err(Mistake::malformed(which.at, "FIELDS() takes ALL, STANDARD or CUSTOM")),
            };
            return Ok(Item::Fields { which, at });
        }
        let value = self.expression()?;
        if let Expression::Call { function: Function::Count, path: None, at } = value {
            return Ok(Item::CountAll { at });
        }
        let alias = match self.peek() {
            TokenKind::Word(word) if !word.eq_ignore_ascii_case("FROM") => Some(self.name()?),
            _ => None,
        };
        Ok(Item::Expression { value, alias })
    }

    fn followed_by(&self, sign: &str) -> bool {
        matches!(self.tokens.get(self.next + 1).map(|token| &token.kind), Some(TokenKind::Sign(next)) if *next == sign)
    }

    fn type_of(&mut self) -> Result<Item, Mistake> {
        self.needs("TYPEOF")?;
        let relationship = self.name()?;
        let (mut cases, mut otherwise) = (Vec::new(), Vec::new());
        while self.takes("WHEN") {
            let object = self.name()?;
            self.needs("THEN")?;
            cases.push((object, self.names()?));
        }
        if cases.is_empty() {
            return Err(self.unexpected());
        }
        if self.takes("ELSE") {
            otherwise = self.names()?;
        }
        self.needs("END")?;
        Ok(Item::TypeOf(TypeOf { relationship, cases, otherwise }))
    }

    fn names(&mut self) -> Result<Vec<Name>, Mistake> {
        let mut names = vec![self.name()?];
        while self.takes_sign(",") {
            names.push(self.name()?);
        }
        Ok(names)
    }

    fn expression(&mut self) -> Result<Expression, Mistake> {
        let name = self.name()?;
        if !self.takes_sign("(") {
            return Ok(Expression::Path(name));
        }
        let function = Function::named(&name.text)
            .ok_or_else(|| Mistake::malformed(name.at, format!("Invalid function: {}", name.text)))?;
        let path = if matches!(self.peek(), TokenKind::Sign(")")) { None } else { Some(self.name()?) };
        self.needs_sign(")")?;
        if path.is_none() && function != Function::Count {
            return Err(Mistake::malformed(name.at, format!("{} needs a field", name.text)));
        }
        Ok(Expression::Call { function, path, at: name.at })
    }

    fn order(&mut self) -> Result<Order, Mistake> {
        let by = self.expression()?;
        let descending = self.takes("DESC");
        if !descending {
            self.takes("ASC");
        }
        let mut nulls_last = false;
        if self.takes("NULLS") {
            nulls_last = self.takes("LAST");
            if !nulls_last {
                self.needs("FIRST")?;
            }
        }
        Ok(Order { by, descending, nulls_last })
    }

    /// Conditions joined by one connective. Both at one level need parentheses, as the vendor insists.
    fn condition(&mut self) -> Result<Condition, Mistake> {
        self.deeper()?;
        let mut parts = vec![self.negation()?];
        let all = self.is("AND");
        let word = if all { "AND" } else { "OR" };
        while self.takes(word) {
            parts.push(self.negation()?);
        }
        if self.is("AND") || self.is("OR") {
            return Err(self.unexpected());
        }
        self.depth -= 1;
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ if all => Condition::And(parts),
            _ => Condition::Or(parts),
        })
    }

    fn negation(&mut self) -> Result<Condition, Mistake> {
        if self.takes("NOT") {
            self.deeper()?;
            let inner = self.negation()?;
            self.depth -= 1;
            return Ok(Condition::Not(Box::new(inner)));
        }
        if self.takes_sign("(") {
            let inner = self.condition()?;
            self.needs_sign(")")?;
            return Ok(inner);
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Condition, Mistake> {
        let left = self.expression()?;
        let operator = match self.peek() {
            TokenKind::Sign("=") => Operator::Equal,
            TokenKind::Sign("!=" | "<>") => Operator::Unequal,
            TokenKind::Sign("<") => Operator::Less,
            TokenKind::Sign("<=") => Operator::LessOrEqual,
            TokenKind::Sign(">") => Operator::Greater,
            TokenKind::Sign(">=") => Operator::GreaterOrEqual,
            TokenKind::Word(word) if word.eq_ignore_ascii_case("LIKE") => Operator::Like,
            _ => return self.membership(left),
        };
        self.advance();
        Ok(Condition::Compare { left, operator, right: self.literal()? })
    }

    fn membership(&mut self, left: Expression) -> Result<Condition, Mistake> {
        for (word, negated) in [("INCLUDES", false), ("EXCLUDES", true)] {
            if self.takes(word) {
                self.needs_sign("(")?;
                return Ok(Condition::Includes { left, negated, list: self.literals()? });
            }
        }
        let negated = self.takes("NOT");
        self.needs("IN")?;
        self.needs_sign("(")?;
        if self.is("SELECT") {
            let query = Box::new(self.statement()?);
            self.needs_sign(")")?;
            return Ok(Condition::InQuery { left, negated, query });
        }
        Ok(Condition::In { left, negated, list: self.literals()? })
    }

    fn literals(&mut self) -> Result<Vec<Literal>, Mistake> {
        let mut list = vec![self.literal()?];
        while self.takes_sign(",") {
            list.push(self.literal()?);
        }
        self.needs_sign(")")?;
        Ok(list)
    }

    fn literal(&mut self) -> Result<Literal, Mistake> {
        let literal = match self.peek().clone() {
            TokenKind::Text(text) if text.len() > 4000 => {
                return Err(Mistake::malformed(self.at(), "String literal is longer than 4000 characters"));
            }
            TokenKind::Text(text) => Literal::Text(text),
            TokenKind::Number(number) => Literal::Number(number),
            TokenKind::Moment(text) => Literal::Moment(text),
            TokenKind::Sign(":") => return Err(Mistake::malformed(self.at(), "unexpected token: ':'")),
            TokenKind::Word(word) => match word.to_ascii_uppercase().as_str() {
                "NULL" => Literal::Null,
                "TRUE" => Literal::Bool(true),
                "FALSE" => Literal::Bool(false),
                upper if super::moments::is_span(upper) => return self.span(upper.to_owned()),
                _ => return Err(self.unexpected()),
            },
            _ => return Err(self.unexpected()),
        };
        self.advance();
        Ok(literal)
    }

    fn span(&mut self, word: String) -> Result<Literal, Mistake> {
        self.advance();
        let count = if self.takes_sign(":") { Some(self.count()? as i64) } else { None };
        if word.contains("N_") == count.is_none() {
            return Err(self.unexpected());
        }
        Ok(Literal::Span { word, count })
    }
}

fn reserved(word: &str) -> bool {
    [
        "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "ORDER", "LIMIT", "HAVING", "NULL",
        "TRUE", "FALSE",
    ]
    .iter()
    .any(|keyword| word.eq_ignore_ascii_case(keyword))
}

/// Words that may follow `FROM Object` and are no alias.
fn clause(word: &str) -> bool {
    ["WHERE", "USING", "WITH", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FOR", "ALL", "UPDATE"]
        .iter()
        .any(|keyword| word.eq_ignore_ascii_case(keyword))
}
