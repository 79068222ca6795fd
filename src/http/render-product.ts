import * as z from 'zod';
import type { OrderDetails, Product } from '../domain/contacts/index.ts';

const money = z
  .object({ amount: z.string().meta({ description: 'Decimal.' }), currency: z.string() })
  .nullable()
  .meta({ examples: [{ amount: '4.50', currency: 'EUR' }] });
const imageUrl = z.string().nullable().meta({ description: "On WhatsApp's own host, for a few days." });

const productExample = {
  id: '24190511223344',
  name: 'Rye bread',
  description: 'A loaf of one kilo',
  price: { amount: '4.50', currency: 'EUR' },
  retailer_id: 'RYE-1',
  url: null,
  image_url: null,
  hidden: false,
  review_status: 'APPROVED',
};

export const productSchema = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    description: z.string().nullable(),
    price: money,
    retailer_id: z.string().nullable().meta({ description: "The seller's own number for it." }),
    url: z.string().nullable(),
    image_url: imageUrl,
    hidden: z.boolean().meta({ description: 'Shown to the business alone.' }),
    review_status: z.string().nullable().meta({ description: "WhatsApp's own word for whether it may be shown." }),
  })
  .meta({ id: 'Product', examples: [productExample] });

export const renderProduct = (product: Product): z.output<typeof productSchema> => ({
  id: product.id,
  name: product.name,
  description: product.description,
  price: product.price,
  retailer_id: product.retailerId,
  url: product.url,
  image_url: product.imageUrl,
  hidden: product.hidden,
  review_status: product.reviewStatus,
});

const { id, name, price, image_url } = productExample;

export const orderSchema = z
  .object({
    total: money,
    products: z.array(
      z.object({ id: z.string(), name: z.string().nullable(), price: money, image_url: imageUrl, quantity: z.int() }),
    ),
  })
  .meta({
    id: 'Order',
    examples: [{ total: { amount: '9.00', currency: 'EUR' }, products: [{ id, name, price, image_url, quantity: 2 }] }],
  });

export const renderOrder = ({ total, products }: OrderDetails): z.output<typeof orderSchema> => ({
  total,
  products: products.map(({ imageUrl: url, ...product }) => ({ ...product, image_url: url })),
});
