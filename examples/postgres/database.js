import pg from 'pg'

export const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL ?? 'postgres://localhost/postgres' })
pool.on('error', (error) => console.error(error.message))
